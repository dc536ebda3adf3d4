"""Reference data that both motions read: what the vendor sells. The bundled files are an example
company's."""
