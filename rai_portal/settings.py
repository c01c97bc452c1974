"""Settings: everything that differs between installations comes from the environment."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from rai_portal import env

BASE_DIR = Path(__file__).resolve().parent.parent
RAI_VAR = Path(env.text("RAI_VAR") or BASE_DIR / "var").resolve()
for folder in ("files", "keys", "logs", "scratch"):
    (RAI_VAR / folder).mkdir(parents=True, exist_ok=True)

VERSION = "0.1.0"
PRODUCTION = env.flag("RAI_PRODUCTION", default=False)
DEBUG = env.flag("RAI_DEBUG", default=False)
if PRODUCTION and DEBUG:
    message = "RAI_DEBUG=1 shows internals to visitors; unset it when RAI_PRODUCTION=1."
    raise ImproperlyConfigured(message)

SECRET_KEY = env.secret("RAI_SECRET_KEY", RAI_VAR / "keys" / "django-secret-key")
ALLOWED_HOSTS = env.names("RAI_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.names("RAI_ORIGINS")
BASE_URL = env.text(
    "RAI_BASE_URL", f"http://127.0.0.1:{env.number('PORT', 8000, low=1, high=65535)}"
)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "rai_portal.accounts",
    "rai_portal.ledger",
    "rai_portal.documents",
    "rai_portal.work",
    "rai_portal.web",
    "rai_portal.api",
    "registry",
    "evaluations",
    "assessments",
]
if find_spec("django_linear_migrations"):  # a tool of developers, absent where the portal only runs
    INSTALLED_APPS.append("django_linear_migrations")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "rai_portal.web.middleware.RequestIdMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "rai_portal.web.middleware.PrivateAnswerMiddleware",
    "rai_portal.web.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "rai_portal.urls"
WSGI_APPLICATION = "rai_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rai_portal.web.context.navigation",
            ],
        },
    },
]

DATABASES = {"default": env.database(env.text("DATABASE_URL"), RAI_VAR / "portal.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Only limits count here: on wrong passwords and on requests. Beyond MAX_ENTRIES, what expired goes.
CACHES = {
    "default": {
        "BACKEND": "rai_portal.accounts.counts.SharedCounts",
        "LOCATION": "shared_counts",
        "OPTIONS": {"MAX_ENTRIES": 1000},
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    # Not allauth's: it takes any address that a person was ever said to have.
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # That mail would lead to sign-up, which there is not.
ACCOUNT_ADAPTER = "rai_portal.accounts.adapter.ClosedSignup"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": env.text("RAI_SMTP_HOST", "localhost"),
            "port": env.number("RAI_SMTP_PORT", 25, low=1, high=65535),
            "username": env.text("RAI_SMTP_USER"),
            "password": env.text("RAI_SMTP_PASSWORD"),
            "use_tls": env.flag("RAI_SMTP_TLS", default=False),
        },
    }
    if PRODUCTION
    else {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
}
DEFAULT_FROM_EMAIL = env.text("RAI_EMAIL_FROM", "portal@localhost")

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["rai_portal.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = RAI_VAR / "static"
STATICFILES_DIRS = [
    ("css", BASE_DIR / "static" / "css"),
    ("js", BASE_DIR / "static" / "js"),
    ("dist", BASE_DIR / "static" / "dist"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# On one machine the files are served from where they are; hashing and compressing them takes
# longer than everything else that a first start does.
WHITENOISE_USE_FINDERS = not PRODUCTION
FILES_ROOT = RAI_VAR / "files"
SCRATCH_ROOT = RAI_VAR / "scratch"
FILE_UPLOAD_TEMP_DIR = str(SCRATCH_ROOT)
FILE_UPLOAD_HANDLERS = ["rai_portal.web.uploads.ScratchUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
UPLOAD_LIMIT = env.number("RAI_UPLOAD_LIMIT", 2 * 1024**3, low=1024, high=1024**4)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "style-src-attr": [CSP.UNSAFE_INLINE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
# Limits count by address: behind a proxy, by the one that the proxy saw.
PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.number("RAI_PROXIES", 0, low=0, high=9)
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.flag("RAI_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rai_portal.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rai_portal.api.permissions.SignedInWithScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rai_portal.api.parsers.JsonOfSoundDepth",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "rai_portal.api.pagination.PageOf25",
    "DEFAULT_FILTER_BACKENDS": ["rai_portal.api.filters.ListFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "rai_portal.api.errors.handle",
    "DEFAULT_THROTTLE_CLASSES": [
        "rai_portal.api.throttling.AddressThrottle",
        "rai_portal.api.throttling.PersonThrottle",
    ],
    "NUM_PROXIES": PROXIES,
    "DEFAULT_THROTTLE_RATES": {"anon": "60/min", "user": "1200/min"},
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Responsible AI portal",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "ENUM_NAME_OVERRIDES": {
        "WorkState": "rai_portal.work.choices.WorkState",
        "RiskState": "registry.choices.RiskState",
        "LifecycleStage": "registry.choices.LifecycleStage",
        "WorkStage": "rai_portal.work.choices.Stage",
    },
}

BROKER_URL = env.text("BROKER_URL", "filesystem://")
BROKER_FOLDERS = RAI_VAR / "broker"
WORK_STALE_AFTER = env.number("RAI_WORK_STALE_AFTER", 30, low=2, high=3600)
WORK_MAX_ATTEMPTS = 3
WORK_TIME_LIMIT = env.number("RAI_WORK_TIME_LIMIT", 3600, low=10, high=86_400)

LOGGING_CONFIG = None
SILENCED_SYSTEM_CHECKS: list[str] = []
