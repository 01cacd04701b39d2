import Transport

/// An extension without events inside of the runtime.
///
/// Lambda sends SIGTERM before it kills a process only where an extension is registered.
struct InternalExtension {
    private static let root = "/2020-01-01/extension"
    private let connection: RuntimeAPIConnection
    private let identifier: String

    /// Registers, which Lambda allows before the first `/next` only.
    init(connection: RuntimeAPIConnection) async throws {
        self.connection = connection
        let body = Array(#"{"events":[]}"#.utf8)
        var request = connection.request("POST", "\(Self.root)/register")
        request.add("Lambda-Extension-Name", "tocsin-shutdown")
        request.add("Content-Type", "application/json")
        request.add("Content-Length", String(body.count))
        let response = try await connection.exchange(request.finished(), body, timeout: RuntimeAPIConnection.patience)
        guard response.head.status == 200, let identifier = response.head["lambda-extension-identifier"] else {
            let status = response.head.status
            throw LambdaRuntimeError(
                .refused(status: status), "Lambda answered \(status) to an extension's registration")
        }
        self.identifier = identifier
    }

    /// Tells Lambda that the extension is ready, by asking for an event that never comes.
    func waitForEver() async throws {
        var request = connection.request("GET", "\(Self.root)/event/next")
        request.add("Lambda-Extension-Identifier", identifier)
        _ = try await connection.exchange(request.finished(), timeout: nil)
    }
}
