import Foundation
import LocalCloud
import TestSupport

/// A function in Python that uses the Runtime API as its events tell it, rightly or wrongly.
enum Bootstrap {
    /// Gives the body the function's description, and removes its program afterwards.
    static func with<R: Sendable>(
        environment: [String: String] = [:], timeout: Duration = .seconds(20), maximumConcurrency: Int? = nil,
        _ body: (FunctionDescription) async throws -> R
    ) async throws -> R {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "bootstrap").path
            try "#!\(Workspace.python) -SEu\n\(program)".write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            return try await body(
                FunctionDescription(
                    name: "scripted", binary: path, environment: environment, timeout: timeout,
                    maximumConcurrency: maximumConcurrency
                )
            )
        }
    }

    private static let program = #"""
        import base64, http.client, json, os, signal, socket, sys, threading, time

        api = os.environ["AWS_LAMBDA_RUNTIME_API"]
        root = "/2018-06-01/runtime/"
        if os.environ.get("CRASH_AT_START"): print("no luck"); sys.exit(7)
        if os.environ.get("INIT_ERROR"):
            c = http.client.HTTPConnection(api)
            c.request("POST", root + "init/error", json.dumps({"errorType": "BadSettings", "errorMessage": "X is missing"}))
            print(c.getresponse().status); sys.exit(1)
        if os.environ.get("ON_SIGTERM"):
            def stop(number, frame):
                open(os.environ["ON_SIGTERM"], "w").write("ended well"); os._exit(0)
            signal.signal(signal.SIGTERM, stop)
            c = http.client.HTTPConnection(api)
            c.request("POST", "/2020-01-01/extension/register", '{"events":[]}', {"Lambda-Extension-Name": "internal"})
            r = c.getresponse(); r.read()
            hang = http.client.HTTPConnection(api)
            hang.request("GET", "/2020-01-01/extension/event/next",
                         headers={"Lambda-Extension-Identifier": r.getheader("Lambda-Extension-Identifier")})
            print("registered", r.status)

        def raw(text):
            host, port = api.split(":")
            s = socket.create_connection((host, int(port))); s.sendall(text); return s

        def work():
            c = http.client.HTTPConnection(api)
            def post(path, body, headers={}):
                c.request("POST", root + path, body, headers)
                r = c.getresponse(); answer = r.read().decode(); print(path.split("/")[-1], r.status); return r.status, answer
            while True:
                c.request("GET", root + "invocation/next")
                r = c.getresponse(); body = r.read(); h = r.headers
                if r.status != 200: sys.exit(0)
                id, nonce = h["Lambda-Runtime-Aws-Request-Id"], h["Lambda-Runtime-Invocation-Id"]
                here, echo = "invocation/" + id, {"Lambda-Runtime-Invocation-Id": nonce, "Content-Type": "application/json"}
                try: event = json.loads(body)
                except ValueError: event = {"do": "echo"}
                do = event.get("do", "echo")
                for line in event.get("print", []): print(line)
                if do == "echo": post(here + "/response", body, echo)
                elif do == "facts":
                    facts = {"id": id, "nonce": nonce, "headers": dict(h.items()), "environment": dict(os.environ)}
                    post(here + "/response", json.dumps(facts), echo)
                elif do == "error":
                    post(here + "/error", json.dumps({"errorType": "Sorry", "errorMessage": "line one\nline two"}),
                         {"Lambda-Runtime-Function-Error-Type": "Function.Sorry"})
                elif do == "nameless": post(here + "/error", "not json", {"Lambda-Runtime-Function-Error-Type": event["header"]})
                elif do == "crash": os._exit(3)
                elif do == "late": time.sleep(600)
                elif do == "large": post(here + "/response", b"x" * event["bytes"], echo)
                elif do == "mode": post(here + "/response", body, {"Lambda-Runtime-Function-Response-Mode": "rushed"}); post(here + "/response", body)
                elif do == "stale": post(here + "/response", "{}", {"Lambda-Runtime-Invocation-Id": "old"}); post(here + "/response", body, echo)
                elif do == "twice": post(here + "/response", body, echo); post(here + "/response", "{}", echo)
                elif do == "unknown": post("invocation/nobody/response", "{}"); post(here + "/response", body, echo)
                elif do == "meet":
                    barrier.wait(timeout=20); post(here + "/response", body, echo)
                elif do == "hang up":
                    raw(b"GET " + (root + "invocation/next").encode() + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").close()
                    post(here + "/response", body, echo)
                elif do in ("stream", "broken stream", "cut"):
                    head = ("POST %sinvocation/%s/response HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
                            "Lambda-Runtime-Function-Response-Mode: streaming\r\nContent-Type: text/plain\r\n"
                            "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n")
                    s = raw((head % (root, id)).encode())
                    for piece in event["pieces"]: s.sendall(b"%x\r\n%s\r\n" % (len(piece), piece.encode()))
                    if do == "cut": s.close(); c.request("GET", "/2018-06-01/ping"); c.getresponse().read(); continue
                    error = base64.b64encode(json.dumps({"errorType": "Broken", "errorMessage": "mid-stream"}).encode())
                    trailers = b"" if do == "stream" else (b"Lambda-Runtime-Function-Error-Type: Function.Broken\r\n"
                        b"Lambda-Runtime-Function-Error-Body: " + error + b"\r\n")
                    s.sendall(b"0\r\n" + trailers + b"\r\n")
                    print("stream", s.recv(100).split()[1].decode()); s.close()

        workers = int(os.environ.get("AWS_LAMBDA_MAX_CONCURRENCY", "1"))
        barrier = threading.Barrier(workers)
        for _ in range(workers - 1): threading.Thread(target=work, daemon=True).start()
        work()
        """#
}
