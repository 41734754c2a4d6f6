
class Client:
    """A connection to the bucket. As a context manager it is closed at the end."""

    def __init__(self, configuration: dict):
        self._bucket = setting(configuration, "bucket")
        prefix = setting(configuration, "prefix").strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._s3 = connect(configuration)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._s3.close()

    def list_files(self, prefix: str, levels: int | None) -> list[StoredFile]:
        """Return the files whose names begin with a text, at whatever depth: a bucket has no folders."""
        files = []
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        with explained(f"listing {self._prefix}{prefix}* in {self._bucket}"):
            for page in pages:
                for entry in page.get("Contents", []):
                    name = entry["Key"][len(self._prefix) :]
                    # Consoles make an empty object for a folder.
                    if not name.endswith("/"):
                        files.append(StoredFile(name, entry["LastModified"], entry["ETag"].strip('"')))
        return files

    @contextmanager
    def copy(self, file: StoredFile) -> Iterator[BinaryIO]:
        """Yield a copy of a file, all of which is of one version: that is what one answer gives."""
        with tempfile.TemporaryFile() as target:
            self._copy(file.name, target)
            target.seek(0)
            yield target

    def _copy(self, name: str, target: BinaryIO) -> None:
        for attempt in range(1, MAX_ATTEMPTS + 1):
            target.seek(0)
            target.truncate()
            with explained(name):
                answer = self._s3.get_object(Bucket=self._bucket, Key=self._prefix + name)
            try:
                for chunk in answer["Body"].iter_chunks(CHUNK_BYTES):
                    target.write(chunk)
                return
            except (BotoCoreError, OSError) as error:
                problem = type(error).__name__
            if attempt < MAX_ATTEMPTS:
                delay = backoff_seconds(attempt)
                log.warning(f"{name}: {problem}, trying again in {delay:.1f} s")
                time.sleep(delay)
        raise FileError(f"{name}: {problem}, also after {MAX_ATTEMPTS} attempts")


def connect(configuration: dict) -> BaseClient:
    """Return a client of the object store; it tries again by itself after failures that may pass."""
    endpoint = setting(configuration, "endpoint_url")
    options = Config(
#% if c.credentials == "none"
        signature_version=UNSIGNED,
#% endif
        connect_timeout=CONNECT_SECONDS,
        read_timeout=SILENCE_SECONDS,
        retries={"total_max_attempts": MAX_ATTEMPTS, "mode": "standard"},
        # Stores other than Amazon's seldom have a host per bucket, or know Amazon's newer checksums.
        s3={"addressing_style": "path" if endpoint else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=setting(configuration, "region"),
#% if c.credentials == "access_key"
        aws_access_key_id=setting(configuration, "access_key_id"),
        aws_secret_access_key=setting(configuration, "secret_access_key"),
#% endif
        config=options,
    )


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn the errors of the object store into ones that say what to do."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        if code in REFUSALS:
#% if c.credential_keys
            hint = f"; check the configuration's {CREDENTIAL_KEYS}, and what they allow"
#% else
            hint = "; the bucket is not open to everybody"
#% endif
        elif code == "NoSuchBucket":
            hint = "; check the configuration's bucket"
        elif code in ("NoSuchKey", "404"):
            raise GoneError(f"{what} is gone since it was listed") from None
        else:
            hint = ""
        raise FileError(f"{what}: the store answered {code}{hint}") from None
    except BotoCoreError as error:
        # Its text can hold addresses with a signature in them.
        message = f"{what}: {type(error).__name__}; check the configuration's endpoint_url and region"
        raise FileError(message) from None
