import AWS
import Basics
import Configuration
import JSON

extension OutputKind {
    /// E-mail by Amazon SES (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html).
    ///
    /// Mail programs show the messages of an incident as one thread: each names in `References` an id that is made of
    /// the incident's key, and the id that SES has given to the first one.
    static let email = OutputKind("email", service: "SES") { settings in
        let output = EmailOutput(settings)
        return (output.messages, { response, _ in response.isSuccess ? .delivered(nil) : response.failure() })
    }
}

private struct EmailOutput {
    // In UTF-16 units; SES takes 10 MB, and nobody reads that.
    private static let subjectLimit = 200
    private static let textLimit = 100_000
    private static let fieldsLimit = 100_000
    /// Of all kinds together.
    private static let maximumRecipients = 50
    private let from: String
    private let to: [String]
    private let replyTo: [String]
    private let configurationSet: String?
    private let region: String?

    init(_ settings: ConfigurationSection) {
        from = settings.requiredText("from", expected: "the sender's address, such as alerts@example.org")
        to = settings.names("to")
        replyTo = settings.names("reply-to")
        configurationSet = settings.text("configuration-set")
        region = settings.text("region")
        if to.isEmpty {
            settings.fault("to", expected: "an address, or a list of them")
        } else if to.count > Self.maximumRecipients {
            settings.fault("to", "has \(to.count) addresses, expected at most \(Self.maximumRecipients)")
        }
        for (key, addresses) in [("from", [from].filter { !$0.isEmpty }), ("to", to), ("reply-to", replyTo)] {
            let wrong = addresses.filter { !MailAddress.isValid($0) }.map { "\"\($0)\"" }
            guard !wrong.isEmpty else { continue }
            let isNone = wrong.count == 1 ? "is no address" : "are no addresses"
            settings.fault(
                key, "\(wrong.joined(separator: ", ")) \(isNone) such as ops@example.org or Ops <ops@example.org>")
        }
    }

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let called = options.mentions.compactMap(Self.address).filter { !to.contains($0) }
        let room = max(0, Self.maximumRecipients - to.count)
        let copies = called.prefix(room)
        var destination: JSONObject = ["ToAddresses": .array(to.map { .string(MailAddress.encoded($0)) })]
        if !copies.isEmpty { destination["CcAddresses"] = .array(copies.map { .string(MailAddress.encoded($0)) }) }
        let part = Notification.Part.whole(notification)
        let subject = notification.title(of: part, Self.plain.rules, Self.subjectLimit)
        var input: JSONObject = [
            "FromEmailAddress": .string(MailAddress.encoded(from)), "Destination": .object(destination),
            "Content": [
                "Simple": [
                    "Subject": Self.content(subject),
                    "Body": [
                        "Text": Self.content(Self.text(notification)), "Html": Self.content(Self.html(notification)),
                    ],
                    "Headers": .array(Self.headers(notification, options.thread)),
                ]
            ],
        ]
        if !replyTo.isEmpty { input["ReplyToAddresses"] = .array(replyTo.map { .string(MailAddress.encoded($0)) }) }
        input["ConfigurationSetName"] = configurationSet.map { .string($0) }
        let request = AWSRequest(
            service: .sesv2, operation: "SendEmail", input: .object(input), region: region,
            destination: (to + copies).joined(separator: ", ")
        ) { output, region in
            .delivered(output["MessageId"]?.stringValue.map { MessageReference(id: Self.messageID($0, region)) })
        }
        return [OutboundMessage(.aws(request))]
    }

    private static func content(_ text: String) -> JSONValue { ["Data": .string(text), "Charset": "UTF-8"] }

    /// Whoever a mention names by an address gets a copy; there is no other way to call somebody by e-mail.
    private static func address(_ mention: Mention) -> String? {
        guard case .user(let name) = mention, MailAddress.isValid(name) else { return nil }
        return name
    }
}

// MARK: Threads

extension EmailOutput {
    /// The id in `Message-ID` that SES gives a message, by the id that it answers with
    /// (https://docs.aws.amazon.com/ses/latest/dg/header-fields.html).
    private static func messageID(_ id: String, _ region: String) -> String {
        "<\(id)@\(region == "us-east-1" ? "email" : region).amazonses.com>"
    }

    private static func headers(_ notification: Notification, _ thread: MessageReference?) -> [JSONValue] {
        // Answers of absent people, and of other programs, are not wanted.
        var headers = [("Auto-Submitted", "auto-generated")]
        let root = notification.incidentKey.map { "<\(Digest.sha256Hex($0).prefix(32))@incident.tocsin.invalid>" }
        let thread = [root, thread?.id].compactMap { $0 }
        if let last = thread.last {
            headers += [("In-Reply-To", last), ("References", thread.joined(separator: " "))]
        }
        return headers.map { ["Name": .string($0.0), "Value": .string($0.1)] }
    }
}

// MARK: Texts

extension EmailOutput {
    private static let plain = Markup.plain(TextRules(Escaping(), .utf16))
    private static let html = TextRules(Escaping.attribute, .utf16)

    private static func text(_ notification: Notification) -> String {
        let text = plain.rules.fit(notification.text, textLimit)
        let fields = self.fields(notification, plain.rules).map { "\($0.name): \($0.value)" }
        let links = notification.links.map { "\(plain.rules.fit($0.title, 200)): \(plain.rules.escape($0.url))" }
        let title = notification.title(of: .whole(notification), plain.rules, 1_000)
        let blocks = [
            "\(notification.severity.dot) \(title)", text, fields.joined(separator: "\n"),
            links.joined(separator: "\n"), plain.rules.escape(notification.footer),
        ]
        return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    /// A page without anything that is loaded from elsewhere: styles stand in the elements, since mail programs drop
    /// others.
    private static func html(_ notification: Notification) -> String {
        let title = notification.title(of: .whole(notification), html, 2_000)
        var parts = ["<h2 style=\"margin:0 0 8px;font-size:18px\">\(title)</h2>"]
        if !notification.text.isEmpty {
            let text = html.fit(notification.text, textLimit)
            parts.append("<p style=\"margin:0 0 12px;white-space:pre-wrap\">\(text)</p>")
        }
        let rows = fields(notification, html).map { name, value in
            "<tr><th style=\"\(cell);color:#555\">\(name)</th>"
                + "<td style=\"\(cell);white-space:pre-wrap\">\(value)</td></tr>"
        }
        if !rows.isEmpty { parts.append("<table style=\"border-collapse:collapse\">\(rows.joined())</table>") }
        let links = notification.links.map { link in
            "<a href=\"\(html.escape(link.url))\" style=\"margin-right:16px\">\(html.fit(link.title, 200))</a>"
        }
        if !links.isEmpty { parts.append("<p style=\"margin:12px 0 0\">\(links.joined(separator: "\n"))</p>") }
        parts.append("<p style=\"margin:12px 0 0;color:#777;font-size:12px\">\(html.escape(notification.footer))</p>")
        let frame = "border-left:4px solid \(notification.severity.colourCode);padding:4px 0 4px 12px"
        let font = "font-family:system-ui,sans-serif;font-size:14px;color:#222"
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(title)</title></head><body style="\(font)">
            <div style="\(frame)">
            \(parts.joined(separator: "\n"))
            </div></body></html>

            """
    }

    private static let cell = "text-align:left;vertical-align:top;padding:2px 12px 2px 0;font-weight:normal"

    private static func fields(_ notification: Notification, _ rules: TextRules) -> [(name: String, value: String)] {
        notification.fittingFields(count: 200, room: fieldsLimit) { field in
            let (name, value) = (rules.fit(field.name, 200), rules.fit(field.value, 4_000))
            return ((name, value), length: rules.unit.count(name) + rules.unit.count(value))
        }
    }
}

/// E-mail addresses of the settings: `ops@example.org` or `Ops <ops@example.org>`.
private enum MailAddress {
    static func isValid(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return false }
        let address = parts(text).address
        let halves = address.split(separator: "@", omittingEmptySubsequences: false)
        return halves.count == 2 && !halves[0].isEmpty && !halves[1].isEmpty && address.utf8.count <= 320
            && address.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"<>,;:\"()[]\\".utf8.contains($0) }
    }

    /// The address as SES takes it: a name that is not ASCII alone is an encoded word (RFC 2047).
    static func encoded(_ text: String) -> String {
        let (name, address) = parts(text)
        guard let name, !name.utf8.allSatisfy({ $0 < 0x7F }) else { return text }
        return "=?utf-8?B?\(Base64.encode(Array(name.utf8)))?= <\(address)>"
    }

    private static func parts(_ text: String) -> (name: String?, address: String) {
        guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else { return (nil, text) }
        let name = text[..<open].trimmingWhitespace
        return (name.isEmpty ? nil : String(name), String(text[text.index(after: open)...].dropLast()))
    }
}
