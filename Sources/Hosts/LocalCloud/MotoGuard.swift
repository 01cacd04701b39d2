import Basics
import Transport

/// Keeps web pages away from moto, and leaves the events of EventBridge to ``EventsServer``.
///
/// moto takes every request: a page that posts to its `/moto-api/reset` needs nothing else to empty it. moto has no
/// setting for that. Its server is Werkzeug's, and Python imports a module `sitecustomize` at its start:
/// this one makes the server refuse what ``LocalCallers`` refuses.
enum MotoGuard {
    /// The variables for a Python that finds the module in the folder.
    ///
    /// moto would tell each browser that all pages may read its answers (CORS).
    /// - Parameter eventsPort: that of the ``EventsServer``.
    static func variables(_ folder: String, eventsPort: Int) -> [String: String] {
        [
            "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1", "MOTO_DISABLE_GLOBAL_CORS": "true",
            "TOCSIN_EVENTS_PORT": "\(eventsPort)",
        ]
    }

    /// Writes the module.
    /// - Throws: `SystemError`.
    static func write(to folder: String) throws(SystemError) {
        try replaceFile(folder + "/sitecustomize.py", with: Array(module.utf8), draft: folder + "/new")
    }

    /// Makes sure that a web page's request is refused.
    /// - Throws: `LocalCloudError` when it is not, or when moto does not answer.
    static func check(_ moto: Moto, _ client: HTTPClient) async throws {
        let request = HTTPRequest(
            "GET", moto.endpoint + "/moto-api/data.json", headers: ["Origin": "http://page.invalid"])
        let status = try await client.execute(request).status
        guard status == 403 else {
            throw LocalCloudError(
                .notReady,
                "This moto takes the requests of web pages (status \(status) instead of 403), which could change the "
                    + "local AWS. Name another moto_server with --moto or TOCSIN_MOTO.")
        }
    }

    private static let module = #"""
        import http.client
        import os
        import re
        from werkzeug.serving import WSGIRequestHandler

        LOOPBACK = re.compile(r"(127\.0\.0\.1|\[::1\]|([^:]+\.)?localhost)(:[0-9]*)?", re.IGNORECASE)
        run = WSGIRequestHandler.run_wsgi

        def guarded(self):
            hosts = self.headers.get_all("Host", [])
            sites = self.headers.get_all("Sec-Fetch-Site", [])
            if len(hosts) > 1 or not all(map(LOOPBACK.fullmatch, hosts)):
                self.send_error(421, "Refused: the request is for another host")
            elif "Origin" in self.headers or any(site != "none" for site in sites):
                self.send_error(403, "Refused: a web page sent this request")
            elif self.headers.get("X-Amz-Target") == "AWSEvents.PutEvents":
                leave(self)
            else:
                run(self)

        def leave(self):
            length = self.headers.get("Content-Length", "")
            if not length.isdigit():
                return self.send_error(411, "PutEvents needs a Content-Length")
            body = self.rfile.read(int(length))
            try:
                server = http.client.HTTPConnection("127.0.0.1", int(os.environ["TOCSIN_EVENTS_PORT"]), timeout=30)
                server.request("POST", "/", body)
                answer = server.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                return self.send_error(503, f"Tocsin does not take events: {error}")
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        WSGIRequestHandler.run_wsgi = guarded
        """#
}
