import Events
import JSON
import TestSupport
import Testing

@testable import Notifier

/// Every sample with each of its members left out, or replaced by something of another type: a readable notification
/// comes out, and no record is lost.
@Suite struct InputFuzzTests {
    private static let replacements: [JSONValue] = [
        .null, true, -1, 1e300, "", "null", "x", "2026-99-99T00:00:00Z", [], [:], [.null], [[:]], ["a": ["b": 1]],
    ]

    @Test(arguments: Samples.all + ServiceEventTests.samples + WebhookInputTests.samples)
    func anyMemberMayBeAnything(sample: InputSample) throws {
        let event = try JSONValue(parsing: sample.event)
        let count = sample.incoming.messages.count
        var faults: [String] = []
        var mutations = 0
        Self.forEachMutation(of: event) { mutated, path in
            mutations += 1
            let incoming = IncomingEvent(parsing: mutated.serialized(), requestID: "r", receivedAt: Samples.receivedAt)
            // What is changed around the records may make them another event, but never nothing.
            let isInRecord = path.count > (event["Records"] == nil ? 0 : 2) && event["requestContext"] == nil
            if isInRecord && incoming.messages.count != count || incoming.messages.isEmpty && !Self.mayBeEmpty(mutated)
            {
                faults.append("\(path): \(incoming.messages.count) records of \(count)")
            }
            faults += incoming.messages.compactMap(Self.fault).map { "\(path): \($0)" }
        }
        #expect(mutations >= 12)
        #expect(faults.isEmpty, "\(faults.prefix(5))")
    }

    /// An empty batch, or an HTTP request without a body.
    private static func mayBeEmpty(_ event: JSONValue) -> Bool {
        if event == [] || event["Records"] == [] { return true }
        guard event["requestContext"] != nil else { return false }
        return event["body"]?.stringValue?.isEmpty ?? true || event["body"] == "[]" || event["isBase64Encoded"] == true
    }

    private static func fault(_ record: IncomingMessage) -> String? {
        let notifications = record.notifications
        if notifications.isEmpty { return "no notification" }
        for notification in notifications {
            if notification.title.trimmed.isEmpty || notification.title.utf8.count > 2_000 { return "title" }
            if notification.dedupeKey.isEmpty { return "dedupe key" }
            if notification.fields.contains(where: { $0.name.isEmpty || $0.value.isEmpty }) { return "empty field" }
            if notification.links.contains(where: { !$0.url.hasPrefix("http") }) { return "link" }
            if notification.fields.count > 60 { return "too many fields" }
        }
        return nil
    }

    /// Calls with every mutation; text that holds JSON is changed inside as well.
    private static func forEachMutation(
        of value: JSONValue, _ path: [String] = [], _ body: (JSONValue, [String]) -> Void
    ) {
        switch value {
        case .object(let object):
            for (key, member) in object {
                var changed = object
                changed.removeValue(forKey: key)
                body(.object(changed), path + [key])
                // A different choice for each member, all of them over the whole sample.
                for index in 0..<3 {
                    changed = object
                    changed[key] = replacements[(index * 5 + key.utf8.count + path.count) % replacements.count]
                    body(.object(changed), path + [key])
                }
                forEachMutation(of: member, path + [key]) { mutated, path in
                    var changed = object
                    changed[key] = mutated
                    body(.object(changed), path)
                }
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                forEachMutation(of: element, path + ["\(index)"]) { mutated, path in
                    var changed = elements
                    changed[index] = mutated
                    body(.array(changed), path)
                }
            }
        case .string(let text):
            guard let inner = try? JSONValue(parsing: text), inner.objectValue != nil else { return }
            forEachMutation(of: inner, path) { body(.string($0.description), $1) }
        default: break
        }
    }

    @Test(arguments: [
        "", " \n", "x", "{", "[", "null", "true", "0", "\"\"", "\"text\"", "[]", "{}", "[[]]", "[{}]", "[1,2]",
        "{\"Records\":[]}",
        "{\"Records\":null}", "{\"Records\":[null]}", "{\"Records\":[[]]}", "{\"Records\":{}}", "{\"\":\"\"}",
        "\u{FEFF}{}",
        "{\"Records\":[{\"Sns\":5}]}", "{\"detail-type\":\" \",\"source\":\"\"}", "{\"requestContext\":{\"http\":{}}}",
    ])
    func oddEvents(text: String) {
        let incoming = IncomingEvent(parsing: Array(text.utf8), requestID: "r", receivedAt: Samples.receivedAt)
        let isEmpty = ["", " \n", "[]", "{\"Records\":[]}", "{\"requestContext\":{\"http\":{}}}"].contains(text)
        #expect(incoming.messages.isEmpty == isEmpty)
        #expect(incoming.messages.allSatisfy { Self.fault($0) == nil })
    }

    @Test func deepAndLargeMessagesStayBounded() throws {
        var deep: JSONValue = 1
        for _ in 0..<200 { deep = ["a": deep, "b": [deep.kindName == "object" ? 2 : 3]] }
        let wide = JSONValue.array((0..<5_000).map { .string("item \($0)") })
        let members = JSONValue.object(
            JSONObject((0..<500).map { ("key \($0)", .string(String(repeating: "x", count: 5_000))) }))
        for value in [deep, wide, members, ["deep": deep, "wide": wide, "members": members]] {
            let notification = try #require(
                IncomingEvent(parsing: value.serialized(), requestID: "r", receivedAt: Samples.receivedAt)
                    .messages.first?.notifications.first)
            #expect(notification.fields.count <= 28)
            #expect(notification.fields.allSatisfy { $0.value.count <= 1_000 })
        }
    }

    @Test func invalidUTF8AndNoJSONIsText() throws {
        let incoming = IncomingEvent(parsing: [0x68, 0x69, 0xFF, 0x00], requestID: "r", receivedAt: Samples.receivedAt)
        #expect(incoming.messages.first?.notifications.first?.title == "hi\u{FFFD}")
        #expect(incoming.kind == .direct)
    }
}
