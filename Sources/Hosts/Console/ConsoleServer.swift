internal import Basics
internal import HTTPServer

/// The console: a page on 127.0.0.1 that shows a running system and has buttons for it.
///
/// Only who knows the random token in its address sees it, and only its own page can press its buttons; see
/// ``ConsoleAccess``.
public struct ConsoleServer: Sendable {
    /// The address with the token, for the terminal alone: `http://127.0.0.1:40123/?token=…`.
    public let url: String
    /// The token, which scripts send as `Authorization: Bearer …` to `/api/snapshot.json`.
    public let token: String
    /// The port it listens on.
    public let port: Int

    /// Serves the console for as long as the body runs.
    ///
    /// - Parameters:
    ///   - port: the port on 127.0.0.1, or 0 for a free one.
    ///   - token: 32 random hexadecimal digits unless given.
    ///   - snapshot: what is shown now. It is called at most once a second, and after each action.
    ///   - actions: what the buttons do.
    /// - Throws: `ServerError` when the port is taken; what the body throws.
    public static func run<Result: Sendable>(
        port: Int = 0, token: String? = nil, snapshot: @escaping @Sendable () async -> ConsoleSnapshot,
        actions: any ConsoleActions, _ body: @Sendable (ConsoleServer) async throws -> Result
    ) async throws -> Result {
        let access = ConsoleAccess(token: token)
        let handler = ConsoleHandler(access: access, board: ConsoleBoard(snapshot, access: access), actions: actions)
        let configuration = Server.Configuration(port: port, readTimeout: .seconds(20))
        return try await Server.run(configuration, handler: handler, grace: .seconds(1)) { server in
            handler.port.withLock { $0 = server.port }
            return try await body(
                ConsoleServer(
                    url: "http://127.0.0.1:\(server.port)/?token=\(access.token)", token: access.token,
                    port: server.port))
        }
    }
}
