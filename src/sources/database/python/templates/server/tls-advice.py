#% if c.own_authority
    "certificate verify failed": "check that the configuration's 'tls_ca' is the certificate of the "
    "authority that signed the server's",
#% elif require_verifies
    "certificate verify failed": "no public authority vouches for the server: have the connector built "
    "with the certificate of its own one as 'tls_ca', or with the server's if nobody else signed it",
#% else
    "certificate verify failed": "no public authority vouches for the server: have the connector built "
    "with the certificate of its own one as 'tls_ca', or set the configuration's 'tls' to 'require', "
    "which encrypts without knowing who answers",
#% endif
    "{{ no_tls }}": (
        "have TLS switched on at the server; 'off' as the configuration's 'tls' is for networks that "
        "nobody else is in"
    ),
