import Foundation

/// A ministack server: an AWS in memory that evaluates alarms, unlike moto, on a free port of 127.0.0.1.
///
/// Suites carry `.enabled(if: MinistackServer.isInstalled, "ministack is not installed: run ./build.sh test")`.
public final class MinistackServer: Sendable {
    /// Settings under which a client speaks to this server.
    public var environment: [String: String] { awsVariables(at: server.line) }
    private let server: PythonServer

    private static let python = Workspace.root.appending(path: ".build/ministack/bin/python").path

    /// Whether the environment of its own that build.sh makes is there.
    public static let isInstalled = FileManager.default.isExecutableFile(atPath: python)

    /// Starts a server of one's own.
    public init() throws {
        server = try PythonServer(
            """
            import os, socket, sys, threading, time
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            # By default it listens on all addresses.
            os.environ.update(BIND_HOST="127.0.0.1", GATEWAY_PORT=str(port))
            line = os.dup(1)
            os.dup2(2, 1)  # its log
            def watch():
                while True:
                    with socket.socket() as probe:
                        if probe.connect_ex(("127.0.0.1", port)) == 0: break
                    time.sleep(0.1)
                os.write(line, f"http://127.0.0.1:{port}\\n".encode())
                sys.stdin.read()
                os._exit(0)
            threading.Thread(target=watch, daemon=True).start()
            sys.argv = ["ministack"]
            from ministack.app import main
            main()
            """, python: Self.python, showsErrors: false)
    }

    /// Ends the server; what it held is gone.
    public func stop() { server.stop() }
}
