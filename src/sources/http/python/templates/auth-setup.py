#% if c.auth == "header"
        key = setting(configuration, {{ c.credential.value | py }})
        self._session.auth = HeaderCredential({{ c.credential.header | py }}, {{ c.credential.text }})
        self._secrets = (key,)
#% elif c.auth == "query"
        key = setting(configuration, {{ c.credential.value | py }})
        self._session.auth = QueryCredential({{ c.credential.parameter | py }}, key)
        self._secrets = (key,)
#% elif c.auth == "basic"
        # As bytes, because requests would encode text in Latin-1.
#% if c.credential.password
        password = configuration[{{ c.credential.password | py }}]
        username = setting(configuration, {{ c.credential.username | py }})
        self._session.auth = (username.encode(), password.encode())
        self._secrets = (password,)
#% else
        username = setting(configuration, {{ c.credential.username | py }})
        self._session.auth = (username.encode(), b"")
        # With no password beside it, the user name is the secret.
        self._secrets = (username,)
#% endif
#% elif c.auth == "oauth"
#% if c.oauth.url_key
        self._token_url = setting(configuration, {{ c.oauth.url_key | py }})
#% else
        self._token_url = {{ c.oauth.url }}
#% endif
        self._client_id = setting(configuration, {{ c.credential.client_id | py }})
        self._client_secret = setting(configuration, {{ c.credential.client_secret | py }})
        self._token = ""
        self._renew_at = 0.0
        self._secrets = [self._client_secret]
        self._session.auth = self._authorize
#% elif c.auth == "session"
        self._username = setting(configuration, {{ c.credential.username | py }})
        self._password = configuration[{{ c.credential.password | py }}]
        self._token = ""
        self._secrets = [self._password]
        self._session.auth = self._authorize
#% endif
