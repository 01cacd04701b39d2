import Foundation

/// A moto server: AWS in memory, on a free port of 127.0.0.1, for as long as the test process lives.
///
/// Suites carry `.enabled(if: Workspace.hasPython, "run ./build.sh setup")` and use names of their own.
public final class MotoServer: Sendable {
    /// `http://127.0.0.1:<port>`, for `AWS_ENDPOINT_URL`.
    public var url: String { server.line }
    private let server: PythonServer

    /// The one that most tests share; started by the first that asks.
    public static let shared = Result { try MotoServer() }

    /// Settings under which a client speaks to this server.
    public var environment: [String: String] { awsVariables(at: url) }

    /// Starts a server of one's own.
    public init() throws {
        server = try PythonServer(
            """
            import sys
            from moto.server import ThreadedMotoServer
            server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
            server.start()
            print("http://%s:%s" % server.get_host_and_port(), flush=True)
            sys.stdin.read()
            server.stop()
            """, python: Workspace.python, showsErrors: false)
    }

    /// Ends the server; what it held is gone.
    public func stop() { server.stop() }
}

/// The variables under which an AWS client speaks to a server of the tests: an address, a region, invented credentials.
public func awsVariables(at url: String) -> [String: String] {
    [
        "AWS_ENDPOINT_URL": url, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DISABLE_REQUEST_COMPRESSION": "true",  // moto fails on compressed JSON requests, and texts can be searched
    ]
}
