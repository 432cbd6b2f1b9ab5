"""The page and the HTTP interface: parse, call, show. No decisions about medicine, retrieval or review are made
here."""
