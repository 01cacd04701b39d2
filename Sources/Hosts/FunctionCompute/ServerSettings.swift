import FunctionRuntime

/// How the server is set up.
struct ServerSettings: Sendable, Hashable {
    /// All addresses: Function Compute does not find a server on 127.0.0.1.
    var host = "0.0.0.0"
    /// `FC_SERVER_PORT`, or `FC_CUSTOM_LISTEN_PORT` as Function Compute 3.0 names it, else 9000.
    var port = 9_000
    /// The largest body of a request, in bytes: what Function Compute lets through.
    var maximumBody = 32 << 20
    /// How long a client may pause in the middle of a request.
    ///
    /// There is no limit between requests: Function Compute keeps its connections for 15 minutes and takes a closed one
    /// for a crash.
    var readTimeout = Duration.seconds(60)
    /// How long requests under way may take after SIGTERM.
    var grace = Duration.seconds(20)

    init() {}

    /// - Throws: `EnvironmentError` when a port is none.
    init(_ environment: Environment) throws {
        self = try environment.parse { variables in
            var settings = ServerSettings()
            for name in ["FC_CUSTOM_LISTEN_PORT", "FC_SERVER_PORT"] {
                settings.port = variables.integer(name, default: settings.port, in: 0...65_535)
            }
            return settings
        }
    }
}
