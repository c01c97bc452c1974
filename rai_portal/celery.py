"""The queue: filesystem broker by default, Redis by BROKER_URL."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rai_portal.settings")

app = Celery("rai_portal")


def configuration() -> dict[str, Any]:
    """Return Celery's settings, made from Django's when first needed."""
    from django.conf import settings

    options: dict[str, Any] = {}
    if settings.BROKER_URL.startswith("filesystem"):
        folders = settings.BROKER_FOLDERS
        for name in ("queue", "control", "processed"):
            (folders / name).mkdir(parents=True, exist_ok=True)
        options = {
            "data_folder_in": str(folders / "queue"),
            "data_folder_out": str(folders / "queue"),
            "control_folder": str(folders / "control"),
            "processed_folder": str(folders / "processed"),
            "store_processed": False,
        }
    return {
        "broker_url": settings.BROKER_URL,
        "broker_transport_options": options,
        "broker_connection_retry_on_startup": True,
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": False,
        "task_track_started": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_time_limit": settings.WORK_TIME_LIMIT + 30,
        "task_soft_time_limit": settings.WORK_TIME_LIMIT,
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": 50,
        "worker_hijack_root_logger": False,
        "task_always_eager": getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False),
        "task_eager_propagates": True,
        "enable_utc": True,
        "timezone": "UTC",
        # One static tick: it finds what is due or was lost, and needs no schedule in a database.
        "beat_schedule": {
            "dispatch-what-is-due": {
                "task": "work.dispatch_due",
                "schedule": 10.0,
                "options": {"expires": 9},
            }
        },
        "beat_schedule_filename": str(settings.RAI_VAR / "beat-schedule"),
    }


app.add_defaults(configuration)
app.autodiscover_tasks()


@setup_logging.connect
def use_our_logs(**_: object) -> None:
    """Keep the portal's log format in workers."""
    from rai_portal.observability import configure_logs

    configure_logs()


@worker_ready.connect
def start_pulse(**_: object) -> None:
    """Say that this worker lives, and take up what a killed worker left."""
    from rai_portal.work.pulse import start

    start()
