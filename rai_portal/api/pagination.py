"""Pages of 25, at most 100."""

from rest_framework.pagination import PageNumberPagination


class PageOf25(PageNumberPagination):
    """Page by number; the caller may ask for up to 100 rows."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100
