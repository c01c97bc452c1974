"""The addresses of one's own account: those that are named here, whatever allauth offers besides.

Left out: sign-up, and everything by which people could say that another e-mail address is theirs.
Who signs in, and as whom, is for the people who run the portal to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from allauth import urls as allauth_urls
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RegexPattern, RoutePattern

OPEN = frozenset({
    "account_login", "account_logout", "account_inactive", "account_reauthenticate",
    "account_change_password", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done",
    "mfa_index", "mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp",
    "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes", "usersessions_list",
})  # fmt: skip


def _open(
    patterns: Iterable[URLPattern | URLResolver],
) -> Iterator[URLPattern | URLResolver]:
    for item in patterns:
        if isinstance(item, URLPattern):
            if item.name in OPEN:
                yield item
        elif isinstance(item.pattern, RoutePattern | RegexPattern):
            yield URLResolver(item.pattern, list(_open(item.url_patterns)))


urlpatterns = list(_open(allauth_urls.urlpatterns))
