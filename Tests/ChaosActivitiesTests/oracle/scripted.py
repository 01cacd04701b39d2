"""An AWS that answers some operations by a script, and passes the others on to moto.

The answers are written by moto's serializers for botocore's models, so a script has them as boto3 shows them.
"""
import http.server
import json
import re
import threading
import urllib.parse

import botocore.session
import requests
from botocore.model import ServiceModel
from moto.core.model import ServiceModel as WrittenModel
from moto.core.serialize import SerializationContext, get_serializer_class

session = botocore.session.get_session()
loader = session.get_component("data_loader")


class Fault(Exception):
    """An exception whose service is that of the request."""

    def __init__(self, code, message):
        self.code, self.message = code, message


class Service:
    def __init__(self, name):
        self.name = name
        description = loader.load_service_model(name, "service-2")
        self.model = WrittenModel(description, name)
        self.protocol = self.model.metadata["protocol"]
        self.signing_name = self.model.signing_name
        self.routes = []
        for operation in self.model.operation_names:
            route = self.model.operation_model(operation).http
            path = re.sub(r"\\\{\w+\\\+\\\}", "(.+)", re.escape(route["requestUri"].split("?")[0]))
            path = re.sub(r"\\\{\w+\\\}", "([^/]+)", path)
            self.routes.append((route["method"], re.compile(path + "/?$"), operation))

    def operation(self, method, path, headers, body):
        """The operation that a request is for; nil when it is none of this service."""
        if "X-Amz-Target" in headers:
            return headers["X-Amz-Target"].split(".")[-1]
        if self.protocol in ("query", "ec2"):
            return dict(urllib.parse.parse_qsl(body.decode())).get("Action")
        for route_method, pattern, operation in self.routes:
            if route_method == method and pattern.match(path):
                return operation
        return None

    def answer(self, operation, reply):
        model = self.model.operation_model(operation)
        context = SerializationContext(request_id="11111111-2222-3333-4444-555555555555")
        serializer = get_serializer_class(self.name, self.protocol)(model, context)
        if "error" in reply:
            written = serializer.serialize(Fault(reply["error"], reply.get("message", "")))
            return reply.get("status", 400), written["headers"], written["body"]
        written = serializer.serialize(reply)
        return written["status_code"], written["headers"], written["body"]


class Server:
    """The server; a script replaces the one before."""

    def __init__(self, moto):
        self.moto, self.replies, self.requests, self.services = moto, {}, [], {}
        script = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, answer = script.handle(self.command, self.path, self.headers, body)
                answer = answer.encode() if isinstance(answer, str) else answer
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "content-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(b"" if self.command == "HEAD" else answer)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def begin(self, replies):
        self.replies, self.requests = {key: list(value) for key, value in replies.items()}, []
        for key in replies:
            name = key.split(":")[0]
            self.services.setdefault(name, Service(name))

    def handle(self, method, target, headers, body):
        signer = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", headers.get("Authorization", ""))
        path = target.split("?")[0]
        for name in {key.split(":")[0] for key in self.replies}:
            service = self.services[name]
            if signer and signer[1] != service.signing_name:
                continue
            operation = service.operation(method, path, headers, body)
            replies = self.replies.get(f"{name}:{operation}")
            if replies is None:
                continue
            self.requests.append({"service": name, "operation": operation, "input": sent(method, target, headers, body)})
            return service.answer(operation, replies[0] if len(replies) == 1 else replies.pop(0))
        passed = {name: value for name, value in headers.items() if name.lower() != "host"}
        reply = requests.request(method, self.moto + target, headers=passed, data=body, allow_redirects=False)
        return reply.status_code, reply.headers, reply.content


def sent(method, target, headers, body):
    """What a request says, so that two can be compared: a JSON body, a form's fields, else path and text."""
    if "X-Amz-Target" in headers:
        return json.loads(body or b"{}")
    fields = urllib.parse.parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    if "urlencoded" in headers.get("Content-Type", ""):
        return {name: value for name, value in sorted(fields) if name not in ("Action", "Version")}
    try:
        content = json.loads(body) if body else None
    except ValueError:
        content = body.decode(errors="replace")
    return {"request": f"{method} {target}", "body": content}
