"""What a browser is told with each page: the same on one machine, in containers and on Kubernetes."""

HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "SAMEORIGIN"}


def settings(profile):
    """Return the hub's settings of Tornado: cookies for this site alone, and over TLS alone where the address says so.

    A hub behind a proxy with TLS does not know by itself. Its pages hold their XSRF token: no script needs the cookie.
    """
    cookies = {"SameSite": "Lax", "expires_days": 1, "secure": profile.public_url.startswith("https://")}
    return {"cookie_options": cookies, "xsrf_cookie_kwargs": {**cookies, "httponly": True}, "headers": HEADERS}


def origins(profile):
    """Return the hub's settings of where people find it, and each user's server where these have names of their own.

    A cookie whose name begins with __Host- is taken from its own host alone, not from a neighbour under the same name.
    """
    told = {"public_url": profile.public_url, "subdomain_host": profile.subdomain_host}
    return told | {"cookie_host_prefix_enabled": profile.subdomain_host.startswith("https://")}
