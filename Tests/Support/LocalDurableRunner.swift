public import Foundation

/// AWS's own local runner of Lambda's durable executions, with one function under AWS's emulator.
///
/// It keeps the record, checks every update as the service does, and invokes the function again when a wait ends.
public final class LocalDurableRunner: Sendable {
    /// Whether both are there.
    public static let isInstalled =
        RuntimeInterfaceEmulator.isInstalled
        && FileManager.default.isExecutableFile(
            atPath: Workspace.root.appending(path: ".build/venv/bin/dex-local-runner").path)

    /// What became of an execution.
    public struct Execution: Sendable {
        /// `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `STOPPED`; `RUNNING` when it takes longer than a test waits.
        public let status: String
        /// The result as JSON text.
        public let result: String
        /// The error as JSON text.
        public let error: String
        /// The types of its history's events, in order.
        public let events: [String]
    }

    /// For `AWS_ENDPOINT_URL_LAMBDA`.
    public let url: String
    private let server: PythonServer
    private let emulator: RuntimeInterfaceEmulator

    /// Starts runner and function.
    /// - Parameters:
    ///   - bootstrap: the function's program.
    ///   - skipsTime: whether waits of hours end at once.
    public init(bootstrap: String, environment: [String: String], skipsTime: Bool = true) throws {
        let runnerPort = try RuntimeInterfaceEmulator.freePort()
        url = "http://127.0.0.1:\(runnerPort)"
        let folder = FileManager.default.temporaryDirectory.appending(path: "tocsin-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = folder.appending(path: "bootstrap")
        try "#!/bin/sh\nexec '\(bootstrap)'\n".write(to: script, atomically: false, encoding: .utf8)
        let zip = folder.appending(path: "function.zip")
        try Command.run(Workspace.python, ["-m", "zipfile", "-c", zip.path, script.path])
        var variables = awsVariables(at: url)
        variables["AWS_ENDPOINT_URL_LAMBDA"] = url
        emulator = try RuntimeInterfaceEmulator(
            zip: zip, environment: variables.merging(environment) { $1 }, timeout: 60)
        server = try PythonServer(
            Self.script, ["\(runnerPort)", emulator.url, skipsTime ? "--skip-time" : "--no-skip-time"],
            python: Workspace.python, showsErrors: false)
    }

    /// Everything the function has printed.
    public var log: String { emulator.log }

    /// Starts an execution and waits for its end.
    /// - Parameter result: completes each callback as soon as it is in the history, as JSON text.
    public func run(
        _ input: String, name: String = UUID().uuidString, completingCallbacksWith result: String? = nil
    ) throws -> Execution {
        let answer = try Command.run(Workspace.python, ["-c", Self.client, url, name, input, result ?? ""])
        let lines = answer.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count >= 4 else { throw ServerError("the runner gave no answer: \(answer.errors)\n\(log)") }
        return Execution(
            status: lines[0], result: lines[1], error: lines[2], events: lines[3].split(separator: " ").map(String.init)
        )
    }

    /// Ends both.
    public func stop() {
        server.stop()
        emulator.stop()
    }

    private static let script = """
        import os, socket, sys, threading, time
        from aws_durable_execution_sdk_python_testing.cli import CliApp
        from aws_durable_execution_sdk_python_testing.executor import Executor
        # Version 1.4.0 ends a wait and invokes the function in two steps, and an invocation that ends in between cancels
        # the second: the execution then stands still for ever. Here both are one step.
        end_waits = Executor._fire_due_operations
        def end_waits_and_invoke(self, arn):
            if end_waits(self, arn):
                self._invoke_execution(arn)
            return False
        Executor._fire_due_operations = end_waits_and_invoke
        os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_EC2_METADATA_DISABLED="true")
        port, function, time_mode = sys.argv[1:4]
        url = "http://127.0.0.1:" + port
        arguments = ["start-server", "--host", "127.0.0.1", "--port", port, "--lambda-endpoint", function,
                     "--local-runner-endpoint", url, "--log-level", "ERROR", time_mode]
        threading.Thread(target=lambda: CliApp().run(arguments), daemon=True).start()
        while socket.socket().connect_ex(("127.0.0.1", int(port))) != 0:
            time.sleep(0.02)
        print(url, flush=True)
        sys.stdin.read()
        os._exit(0)
        """

    private static let client = """
        import json, sys, time, urllib.parse, urllib.request
        url, name, payload, callback_result = sys.argv[1:5]
        def call(path, body=None, raw=None):
            data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
            request = urllib.request.Request(url + path, data, {"Content-Type": "application/json"})
            return json.loads(urllib.request.urlopen(request, timeout=60).read() or b"{}")
        arn = call("/start-durable-execution", {
            "AccountId": "123456789012", "FunctionName": "function", "FunctionQualifier": "$LATEST",
            "ExecutionName": name, "ExecutionTimeoutSeconds": 31622400, "ExecutionRetentionPeriodDays": 7,
            "InvocationId": name, "Input": payload})["ExecutionArn"]
        path = "/2025-12-01/durable-executions/" + urllib.parse.quote(arn, safe="")
        done = set()
        end = time.monotonic() + 60
        while True:
            events = []
            marker = ""
            while True:
                page = call(path + "/history?MaxItems=1000&IncludeExecutionData=true"
                            + ("&Marker=" + urllib.parse.quote(marker, safe="") if marker else ""))
                events += page["Events"]
                marker = page.get("NextMarker")
                if not marker:
                    break
            for event in events:
                callback = (event.get("CallbackStartedDetails") or {}).get("CallbackId")
                if callback and callback_result and callback not in done:
                    done.add(callback)
                    call("/2025-12-01/durable-execution-callbacks/" + urllib.parse.quote(callback, safe="")
                         + "/succeed", raw=callback_result.encode())
            execution = call(path)
            if execution["Status"] != "RUNNING" or time.monotonic() > end:
                break
            time.sleep(0.05)
        print(execution["Status"])
        print(execution.get("Result") or "")
        print(json.dumps(execution.get("Error") or {}))
        print(" ".join(event["EventType"] for event in events))
        """
}
