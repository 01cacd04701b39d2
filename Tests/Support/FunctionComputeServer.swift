/// Function Compute's API on 127.0.0.1: the asynchronous `InvokeFunction`, written from its documentation.
///
/// It checks the signature (version 3) on its own, takes an event once for each task id, invokes the function with it,
/// tries three times more after a failure, and then puts it to the dead letters.
public final class FunctionComputeServer: Sendable {
    /// The name of the function that the server knows.
    public static let function = "tocsin-notifier"
    /// The id of the key that requests are signed with.
    public static let keyID = "STS.key"
    /// The key's secret.
    public static let secret = "hidden-secret"
    /// The token that goes with the key.
    public static let token = "hidden-token"

    /// `http://127.0.0.1:<port>`.
    public var url: String { server.line }
    private let server: PythonServer

    /// - Parameter status: answers every event with this status, and does not take it.
    public init(answering status: Int? = nil) throws {
        server = try PythonServer(
            Self.script, [Self.function, Self.keyID, Self.secret, Self.token, "\(status ?? 0)"])
    }

    /// Ends the server.
    public func stop() { server.stop() }

    // `POST /function` tells the server the function's address; `GET /state` answers when no event is under way.
    private static let script = #"""
        import datetime, hashlib, hmac, http.server, json, re, sys, threading, urllib.error, urllib.parse, urllib.request

        function, key_id, secret, token, forced = sys.argv[1:]
        state = {"tasks": 0, "duplicates": 0, "attempts": 0, "deadLetters": [], "faults": []}
        seen, nonces, idle, address = set(), set(), threading.Condition(), []
        under_way = 0

        def fault_of(request, body):
            """Why the signature is wrong; None when it is right."""
            headers = {name.lower(): value.strip() for name, value in request.headers.items()}
            match = re.fullmatch(r"ACS3-HMAC-SHA256 Credential=(.+),SignedHeaders=(.+),Signature=([0-9a-f]{64})",
                                 headers.get("authorization", ""))
            if not match: return "no signature"
            if match[1] != key_id or headers.get("x-acs-security-token") != token: return "unknown credentials"
            names = match[2].split(";")
            must = {name for name in headers if name == "host" or name.startswith("x-acs-")}
            if names != sorted(names) or not must <= set(names): return f"signed are {names}, not all of {sorted(must)}"
            for name in ("x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce"):
                if not headers.get(name): return f"{name} is missing"
            if (headers["x-acs-action"], headers["x-acs-version"]) != ("InvokeFunction", "2023-03-30"): return "operation"
            date = datetime.datetime.strptime(headers["x-acs-date"] + "+0000", "%Y-%m-%dT%H:%M:%SZ%z")
            if abs((datetime.datetime.now(datetime.timezone.utc) - date).total_seconds()) > 900: return "the date is old"
            if headers["x-acs-signature-nonce"] in nonces: return "the nonce was used before"
            nonces.add(headers["x-acs-signature-nonce"])
            body_hash = hashlib.sha256(body).hexdigest()
            if headers.get("x-acs-content-sha256") != body_hash: return "the hash of the body"
            path, _, query = request.path.partition("?")
            query = "&".join(sorted(query.split("&")))
            lines = "".join(f"{name}:{headers[name]}\n" for name in names)
            canonical = "\n".join([request.command, path, query, lines, match[2], body_hash])
            text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
            right = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
            return None if hmac.compare_digest(right, match[3]) else "the signature does not match"

        def run(body, task):
            global under_way
            done = False
            for attempt in range(4):
                state["attempts"] += 1
                headers = {"x-fc-request-id": task, "x-fc-control-path": "/invoke", "x-fc-function-timeout": "30",
                           "x-fc-retry-count": str(attempt), "Content-Type": "application/octet-stream"}
                try:
                    reply = urllib.request.urlopen(urllib.request.Request(address[0] + "/invoke", body, headers), timeout=60)
                    done = reply.status == 200 and reply.headers.get("x-fc-status") == "200"
                except (urllib.error.URLError, OSError): pass
                if done: break
            with idle:
                if not done: state["deadLetters"].append(body.decode())
                under_way -= 1
                idle.notify_all()

        class API(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def answer(self, status, code="", message=""):
                body = json.dumps({"Code": code, "Message": message}).encode() if code else b""
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def do_GET(self):
                with idle:
                    idle.wait_for(lambda: under_way == 0, timeout=60)
                    text = json.dumps(state).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
            def do_POST(self):
                global under_way
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.path == "/function":
                    address.append(body.decode())
                    return self.answer(200)
                path = urllib.parse.urlsplit(self.path).path
                task = self.headers.get("x-fc-async-task-id", "")
                fault = fault_of(self, body)
                if fault: state["faults"].append(fault); return self.answer(403, "SignatureDoesNotMatch", fault)
                if forced != "0": return self.answer(int(forced), "AccessDenied", "the role may not do it")
                if path != f"/2023-03-30/functions/{function}/invocations": return self.answer(404, "FunctionNotFound", path)
                if self.headers.get("x-fc-invocation-type") != "Async": return self.answer(400, "InvalidArgument", "type")
                if not re.fullmatch("[A-Za-z_][A-Za-z0-9_-]{0,127}", task): return self.answer(400, "InvalidArgument", task)
                if len(body) > 128 * 1024: return self.answer(400, "EntityTooLarge", "128 KB")
                with idle:
                    if task in seen:
                        state["duplicates"] += 1
                        return self.answer(409, "AsyncTaskAlreadyExists", task)
                    seen.add(task)
                    state["tasks"] += 1
                    under_way += 1
                threading.Thread(target=run, args=(body, task), daemon=True).start()
                self.answer(202)
            def log_message(self, *arguments): pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), API)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        sys.stdin.read()
        """#
}
