import Basics
import Configuration
import JSON
import Transport

/// Slack's Web API with a bot's token: builds requests, sends nothing (https://docs.slack.dev/reference/methods).
struct SlackAPI: Sendable {
    let server: String
    private let token: String

    /// Reads `token` and `server` of an output.
    init(_ settings: ConfigurationSection) {
        token = settings.requiredSecret("token")
        server = settings.url("server", default: Self.standardServer)
    }

    /// For an output that was checked before.
    /// - Parameter secrets: those of the output.
    init(_ definition: OutputDefinition, secrets: [String: String]) {
        token = secrets["token"] ?? ""
        let server = definition.options["server"]?.stringValue ?? Self.standardServer
        self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
    }

    private static let standardServer = "https://slack.com/api"

    /// A request to a method that takes JSON.
    func call(_ method: String, _ body: JSONObject, content: JSONValue = .null) -> OutboundMessage {
        OutboundMessage(to: "\(server)/\(method)", headers: authorization, json: .object(body), content: content)
    }

    private var authorization: HTTPHeaders { ["Authorization": "Bearer \(token)"] }
}

extension SlackAPI {
    /// Puts a graph into a thread by three requests: get an upload URL, send the bytes, say where to show the file
    /// (https://docs.slack.dev/messaging/working-with-files#uploading_files).
    func upload(_ image: [UInt8], named title: String, channel: String, thread: String) -> OutboundMessage {
        let title = String(title.prefix(200))
        let place: JSONObject = ["channel_id": .string(channel), "thread_ts": .string(thread)]
        let form = "filename=graph.png&length=\(image.count)&alt_txt=" + percentEncoded(title)
        var message = formCall("files.getUploadURLExternal", form)
        message.nextStep = { response in
            guard let url = response["upload_url"]?.stringValue, let file = response["file_id"]?.stringValue else {
                return nil
            }
            return sendBytes(image, to: url, next: completeUpload(of: file, named: title, in: place))
        }
        return message
    }

    /// The upload URL is secret by itself, so the request has no token.
    private func sendBytes(_ bytes: [UInt8], to url: String, next: OutboundMessage) -> OutboundMessage {
        let headers: HTTPHeaders = ["Content-Type": "image/png"]
        var message = OutboundMessage(.http(OutboundMessage.request("POST", url, headers, bytes)))
        message.isOptional = true
        message.nextStep = { _ in next }
        return message
    }

    private func completeUpload(of file: String, named title: String, in place: JSONObject) -> OutboundMessage {
        let files: JSONObject = ["files": [["id": .string(file), "title": .string(title)]]]
        var message = call("files.completeUploadExternal", files.merging(place))
        message.isOptional = true
        return message
    }

    /// For `files.getUploadURLExternal`, the one method that does not accept JSON.
    private func formCall(_ method: String, _ form: String) -> OutboundMessage {
        var headers = authorization
        headers.set("Content-Type", "application/x-www-form-urlencoded")
        let request = OutboundMessage.request("POST", "\(server)/\(method)", headers, Array(form.utf8))
        var message = OutboundMessage(.http(request))
        message.isOptional = true
        return message
    }
}
