"""Settings as plain values from the environment; no logic that needs the program."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VAR = Path(os.environ.get("BONDGENOOT_VAR", str(ROOT / "var")))


def _flag(name: str, default: bool) -> bool:
    return os.environ.get(name, str(default)).strip().lower() in ("1", "true", "yes", "on", "ja")


def _number(name: str, default: int) -> int:
    return int(os.environ.get(name, str(default)))


# --- Database: SQLite out of the box, PostgreSQL by this one setting (postgresql+psycopg://user@host/name)
SQLALCHEMY_DATABASE_URI = os.environ.get("SQLALCHEMY_DATABASE_URI", f"sqlite:///{VAR / 'bondgenoot.sqlite'}")
SQLALCHEMY_TRACK_MODIFICATIONS = False

# --- Secrets and cookies. Without SECRET_KEY one is made in VAR at first start (run.py); a short or known one is refused.
SECRET_KEY = os.environ.get("SECRET_KEY", "")
SESSION_COOKIE_NAME = "bondgenoot"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _flag("SESSION_COOKIE_SECURE", False)  # on behind https
PERMANENT_SESSION_LIFETIME = _number("SESSION_SECONDS", 8 * 3600)  # of not being used
SESSION_LONGEST_SECONDS = _number("SESSION_LONGEST_SECONDS", 24 * 3600)  # however much it is used
WTF_CSRF_TIME_LIMIT = PERMANENT_SESSION_LIFETIME
MAX_CONTENT_LENGTH = _number("MAX_UPLOAD_BYTES", 120 * 1024 * 1024)
SEND_FILE_MAX_AGE_DEFAULT = 600  # style sheets and scripts; an upgrade is seen within ten minutes

# --- Addresses: links in mails use this, never what a request says
BASE_URL = os.environ.get("BASE_URL", "http://127.0.0.1:8080")
HOST = os.environ.get("HOST", "127.0.0.1")
PORT = _number("PORT", 8080)
WEB_PROCESSES = _number("WEB_PROCESSES", 2)
TRUSTED_PROXIES = _number("TRUSTED_PROXIES", 0)

# --- Websites that may show the public enrollment form inside their own page, for example "https://www.bond.example"; empty is none
ENROLLMENT_FRAME_ORIGINS = os.environ.get("ENROLLMENT_FRAME_ORIGINS", "")

# --- Mail
MAIL_SERVER = os.environ.get("MAIL_SERVER", "")
MAIL_PORT = _number("MAIL_PORT", 25)
MAIL_USERNAME = os.environ.get("MAIL_USERNAME", "")
MAIL_PASSWORD = os.environ.get("MAIL_PASSWORD", "")
MAIL_STARTTLS = _flag("MAIL_STARTTLS", False)
MAIL_TIMEOUT_SECONDS = _number("MAIL_TIMEOUT_SECONDS", 30)
MAIL_PER_MINUTE = _number("MAIL_PER_MINUTE", 60)
MAIL_SENDER = os.environ.get("MAIL_SENDER", "bondgenoot@localhost.example")
ADMIN_EMAIL = os.environ.get("ADMIN_EMAIL", "")

# --- How many functions are priced while somebody waits; more go to the background
PRICED_AT_ONCE = _number("PRICED_AT_ONCE", 20_000)

# --- Language
BABEL_DEFAULT_LOCALE = "nl"
BABEL_DEFAULT_TIMEZONE = "Europe/Amsterdam"
BABEL_TRANSLATION_DIRECTORIES = str(ROOT / "translations")
LANGUAGES = {"nl": {"flag": "nl", "name": "Nederlands"}}

# --- Flask-AppBuilder
APP_NAME = "Bondgenoot"
FAB_INDEX_VIEW = "views.pages.StartView"
AUTH_TYPE = 1  # own user names and passwords
AUTH_USER_REGISTRATION = False
AUTH_RATE_LIMITED = True
AUTH_RATE_LIMIT = "20 per minute"
RATELIMIT_ENABLED = True
RATELIMIT_STORAGE_URI = os.environ.get("RATELIMIT_STORAGE_URI", "memory://")
FAB_UPDATE_PERMS = _flag("FAB_UPDATE_PERMS", False)  # done once by `flask setup`, not by each web process
FAB_SECURITY_SIGNALS_ENABLED = True
FAB_ALLOW_GET_UNSAFE_MUTATIONS = False
FAB_PASSWORD_COMPLEXITY_ENABLED = False
FAB_API_MAX_PAGE_SIZE = 100
FAB_API_SWAGGER_UI = False
FAB_ADD_MENU_API = False
FAB_ADD_OPENAPI_VIEWS = False  # ours is views/rest.py
FAB_API_ALLOW_BROWSER_LOGIN = False

# --- Jobs
SCHEDULER_SECONDS = _number("SCHEDULER_SECONDS", 5)
