

@contextmanager
def authority_file(certificate: str) -> Iterator[str]:
    """Give the driver a certificate as the file that it wants, for as long as it connects."""
    with TemporaryDirectory() as directory:
        path = Path(directory, "authority.pem")
        path.write_text(certificate, encoding="ascii")
        yield str(path)
