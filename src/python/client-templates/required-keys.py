# Keys that have to be filled in, and what they are.
REQUIRED_KEYS = {
#% for key in c.required
    {{ key.key | py }}: {{ key.description | py }},
#% endfor
}
