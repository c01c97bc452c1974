"""Settings of the tests: the product's own, with a scratch folder and work done at once."""

import os

from tests.scratch import scratch

os.environ["RAI_VAR"] = scratch()
os.environ.setdefault("BROKER_URL", "memory://")

from rai_portal.settings import *  # noqa: F403
from rai_portal.settings import DATABASES, REST_FRAMEWORK, STATIC_ROOT

CELERY_TASK_ALWAYS_EAGER = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"anon": None, "user": None}}
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # A pool outlives the test database it points at.
    DATABASES["default"]["OPTIONS"].pop("pool", None)
else:
    # A file, as in the product: several connections then wait for each other as they do there.
    DATABASES["default"]["TEST"] = {"NAME": f"{os.environ['RAI_VAR']}/test-{os.getpid()}.sqlite3"}

STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns of a folder that is not there
