import AWS
import JSON
import Transport

/// Any service that takes an HTTP request: method, headers and body as set, the body from a template.
///
/// With a secret the body is signed: `X-Tocsin-Signature: sha256=` and the lower-case hexadecimal HMAC-SHA-256 of the
/// body, as GitHub's webhooks do it.
struct WebhookOutput: ChatOutput {
    static let kind = "webhook"

    enum Method: String, CaseIterable {
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
    }

    private let url: String
    private let secret: String?
    private let method: Method
    private let headers: HTTPHeaders
    private let signatureHeader: String
    private let template: Template?

    let takesDigests = false

    init(_ settings: inout OutputSettings.Reader) {
        url = settings.secretURL()
        secret = settings.optionalSecret("secret")
        method = settings.choice("method", default: .post)
        signatureHeader = settings.string("signature-header") ?? "X-Tocsin-Signature"
        var headers: HTTPHeaders = ["Content-Type": "application/json; charset=utf-8"]
        for (name, value) in settings.strings("headers") {
            if Self.isHeader(name, value) {
                headers.set(name, value)
            } else {
                settings.fault("headers", "has \"\(name)\", which no header can be")
            }
        }
        if let authorization = settings.optionalSecret("authorization") { headers.set("Authorization", authorization) }
        self.headers = headers
        let body = settings.string("body") ?? "{{notification}}"
        let isJSON = headers["Content-Type"]?.hasPrefix("application/json") == true
        do throws(Template.Fault) {
            template = try Template(body, style: isJSON ? .json : .raw)
        } catch {
            template = nil
            settings.fault("body", error.problem)
        }
    }

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let body = Array((template?.text(notification, mentions: options.mentions) ?? "").utf8)
        var headers = headers
        headers.set("Idempotency-Key", Digest.sha256Hex(options.idempotencyKey))
        if let secret {
            let signature = Digest.hmac(key: Array(secret.utf8), String(decoding: body, as: UTF8.self)).hex
            headers.set(signatureHeader, "sha256=\(signature)")
        }
        return [OutboundMessage(.http(OutboundMessage.request(method.rawValue, url, headers, body)))]
    }

    func outcome(of response: HTTPResponse, to message: OutboundMessage) -> SendOutcome {
        let answer = Answer(response, of: "The webhook")
        // Its words are not repeated: whoever answers may be anybody.
        return answer.isSuccess ? .delivered(nil) : answer.failure(words: "")
    }

    private static func isHeader(_ name: String, _ value: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
