"""moto as a server that answers one request at a time.

moto looks at the condition of a write (``If-Match``, ``If-None-Match``) first and writes afterwards, in a thread for each request: on a busy
machine two of those that write at the same time can win. An object store lets one win.
"""

import threading

from moto import server

ALONE = threading.RLock()


class OneAtATime(server.DomainDispatcherApplication):
    def __call__(self, environ, start_response):
        with ALONE:
            return super().__call__(environ, start_response)


server.DomainDispatcherApplication = OneAtATime
server.main()
