"""CloudMonitor's PutCustomMetric on 127.0.0.1, written from its documentation.

The signature is checked by the code of Alibaba Cloud's own SDK, the rest by the limits that the documentation names.
Usage: cloud_monitor_server.py KEY-ID SECRET TOKEN ANSWERS. ANSWERS is a JSON list of what the first requests get, each
{"status", "code", "message"}, {"hang": true}, {"taken": true} for a connection that ends after the data are taken, or
null for what is right; {"refuse": NAME} refuses requests that hold a metric of that endpoint, for as long as it is last.
It prints one line, `<url> <control port>`. The control port takes a line and answers
{"data": [{"name", "dimensions", "value", "time", "group"}], "requests", "faults", "largest"}.
"""

import datetime
import hashlib
import http.server
import json
import re
import socket
import sys
import threading
import time
import types
import urllib.parse

# What the SDK imports for other purposes than signatures.
for name, attribute in [
    ("Tea", "x"), ("Tea.stream", "STREAM_CLASS"), ("Tea.model", "TeaModel"), ("alibabacloud_tea_util", "x"),
    ("alibabacloud_tea_util.client", "Client"),
]:
    module = types.ModuleType(name)
    setattr(module, attribute, type(attribute, (), {}))
    sys.modules[name] = module
from alibabacloud_openapi_util.client import Client  # noqa: E402

key_id, secret, token, answers = sys.argv[1:]
answers = json.loads(answers)
state = {"data": [], "requests": 0, "faults": [], "largest": 0}
nonces, lock = set(), threading.Lock()


def signature_fault(request, body):
    """Why the request is not signed as the SDK would sign it; None when it is."""
    headers = {name.lower(): value.strip() for name, value in request.headers.items()}
    match = re.fullmatch(
        r"ACS3-HMAC-SHA256 Credential=(.+),SignedHeaders=(.+),Signature=[0-9a-f]{64}", headers.get("authorization", ""))
    if not match:
        return "no signature"
    if match[1] != key_id or headers.get("x-acs-security-token") != (token or None):
        return "unknown credentials"
    names = match[2].split(";")
    must = {name for name in headers if name == "host" or name.startswith("x-acs-")}
    if not must <= set(names):
        return f"signed are {names}, not all of {sorted(must)}"
    date = datetime.datetime.strptime(headers["x-acs-date"] + "+0000", "%Y-%m-%dT%H:%M:%SZ%z")
    if abs((datetime.datetime.now(datetime.timezone.utc) - date).total_seconds()) > 900:
        return "the date is old"
    if headers["x-acs-signature-nonce"] in nonces:
        return "the nonce was used before"
    nonces.add(headers["x-acs-signature-nonce"])
    body_hash = hashlib.sha256(body).hexdigest()
    if headers["x-acs-content-sha256"] != body_hash:
        return "the hash of the body"
    path, _, query = request.path.partition("?")
    query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=True))
    signed = types.SimpleNamespace(
        method=request.command, pathname=path, query=query, headers={name: headers[name] for name in names})
    right = Client.get_authorization(signed, "ACS3-HMAC-SHA256", body_hash, key_id, secret)
    return None if right == headers["authorization"] else "SignatureDoesNotMatch"


def entries(request):
    """The entries of the query, in order, and what is wrong with them."""
    query = dict(urllib.parse.parse_qsl(request.path.partition("?")[2], strict_parsing=True))
    found, faults = {}, []
    for name, value in query.items():
        match = re.fullmatch(r"MetricList\.([1-9]\d*)\.(\w+)", name)
        if not match:
            faults.append(f"unknown parameter {name}")
            continue
        found.setdefault(int(match[1]), {})[match[2]] = value
    if not 1 <= len(found) <= 21 or sorted(found) != list(range(1, len(found) + 1)):
        faults.append(f"entries {sorted(found)}")
    data = []
    for _, entry in sorted(found.items()):
        if set(entry) != {"Dimensions", "GroupId", "MetricName", "Time", "Type", "Values"}:
            faults.append(f"members {sorted(entry)}")
            continue
        dimensions, values = json.loads(entry["Dimensions"]), json.loads(entry["Values"])
        texts = [*dimensions, *dimensions.values()]
        if not re.fullmatch("[A-Za-z][A-Za-z0-9_]{0,63}", entry["MetricName"]):
            faults.append(f"name {entry['MetricName']}")
        if len(dimensions) > 10 or not all(re.fullmatch(r"[A-Za-z0-9._/\\-]{1,64}", text) for text in texts):
            faults.append(f"dimensions {dimensions}")
        if entry["Type"] != "0" or list(values) != ["value"] or not isinstance(values["value"], (int, float)):
            faults.append(f"values {values}")
        if not entry["GroupId"].isdigit() or abs(int(entry["Time"]) / 1000 - time.time()) > 86_400:
            faults.append(f"group {entry['GroupId']}, time {entry['Time']}")
        data.append({
            "name": entry["MetricName"], "dimensions": dimensions, "value": values["value"],
            "time": int(entry["Time"]), "group": entry["GroupId"],
        })
    return data, faults


class API(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fail(self, status, code, message):
        self.answer(status, {"Code": code, "Message": message, "RequestId": "R-1", "HostId": "h"})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        with lock:
            state["requests"] += 1
            state["largest"] = max(state["largest"], len(self.path))
            operation = (self.headers.get("x-acs-action"), self.headers.get("x-acs-version"))
            fault = signature_fault(self, body)
            if not fault and operation != ("PutCustomMetric", "2019-01-01"):
                fault = f"operation {operation}"
            data, faults = ([], [fault]) if fault else entries(self)
            state["faults"] += faults
            scripted = answers[0] if answers else None
            if answers and not (scripted and "refuse" in scripted and len(answers) == 1):
                answers.pop(0)
        if faults:
            return self.fail(400, "InvalidParameter" if not fault else "SignatureDoesNotMatch", faults[0])
        if scripted and "refuse" in scripted:
            if any(scripted["refuse"] in datum["dimensions"].values() for datum in data):
                return self.fail(400, "ParameterInvalid", "a value is out of range")
        elif scripted and "hang" in scripted:
            sys.stdin.read()
            return None
        elif scripted and "status" in scripted:
            return self.fail(scripted["status"], scripted.get("code", ""), scripted.get("message", "scripted"))
        with lock:
            state["data"] += data
        if scripted and "taken" in scripted:
            self.close_connection = True
            return None
        return self.answer(200, {"Code": "200", "Message": "success", "RequestId": "R-1"})

    def log_message(self, *arguments):
        pass


def control(listener):
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.makefile().readline()
            with lock:
                connection.sendall(json.dumps(state).encode())


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=control, args=(listener,), daemon=True).start()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), API)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}", listener.getsockname()[1], flush=True)
sys.stdin.read()
