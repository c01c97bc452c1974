"""The portal's kernel; it imports none of the apps above it."""

from rai_portal.celery import app as celery_app

__all__ = ["celery_app"]
