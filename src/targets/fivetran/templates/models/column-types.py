#% if c.any_types


@dataclass(frozen=True)
class ColumnType:
    """A type that is declared to the destination, and how a value of the source becomes one."""

    declared: str | dict
    convert: Callable[[Any], Any]


#% endif
#% if c.type_names.decimal
def decimal(precision: int, scale: int) -> ColumnType:
    """Return the type of exact decimals."""
    declared = {"type": "DECIMAL", "precision": precision, "scale": scale}
    return ColumnType(declared, lambda value: decimal_text(value, scale))


#% endif
#% for type in c.column_types
#% for line in type.comment
# {{ line }}
#% endfor
{{ type.name }} = ColumnType({{ type.declared }}, {{ type.convert }})
#% endfor
