    if number in REFUSED_READ:
        return DatabaseError(
            f"{table}: the configuration's 'user' may not read it; grant SELECT on it. "
            f"The database says: {said(error)}"
        )
    if number in UNKNOWN_NAME:
        return DatabaseError(
            f"{table}: the database has changed since this connector was made: {said(error)}"
        )
    return DatabaseError(f"{table}: {said(error)}")
