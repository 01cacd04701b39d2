internal import Basics
internal import Markup

/// What a reader of the drawn messages does not learn, found by comparing them with what was to be told.
///
/// White space does not count: services break lines as they like.
struct LeftOut {
    /// Sentences; empty when everything is shown.
    private(set) var sentences: [String] = []
    /// What each part shows.
    private let parts: [Seen]
    private let addresses: Set<String>

    /// - Parameter messages: the parts of one notification at one output, in their order.
    init(of content: ChatPage.Content, in messages: [ChatMessage]) {
        parts = messages.map { Seen($0.visibleText) }
        addresses = messages.reduce(into: []) { $0.formUnion($1.addresses) }
        check("title", content.title)
        check("text", content.text)
        for field in content.fields { check(field) }
        let links = content.links.filter { !addresses.contains($0.url) && !isVisible($0.url) }
        if !links.isEmpty {
            sentences.append("\(counted(links.count, "link")) left out: \(Self.names(links.map(\.title)))")
        }
    }

    private mutating func check(_ name: String, _ text: String) {
        var rest = Array(text.seen)[...]
        for part in parts where !rest.isEmpty { rest = rest.dropFirst(part.longestPrefix(of: rest)) }
        guard !rest.isEmpty else { return }
        sentences.append(
            "the last \(rest.characterCount.withCommas) characters of the \(name) are left out (spaces do not count)")
    }

    private mutating func check(_ field: (name: String, value: String)) {
        let name = Array(field.name.seen)
        let value = Array(field.value.seen)
        let shown = parts.map { $0.longestPrefix(of: value[...], after: name) }.max() ?? 0
        if shown == value.count, shown > 0 || isVisible(field.name) { return }
        let label = "the field “\(field.name.onOneLine(limit: 60))”"
        sentences.append(
            shown == 0
                ? "\(label) is left out"
                : "the last \(value[shown...].characterCount.withCommas) characters of \(label) are left out")
    }

    private func isVisible(_ text: String) -> Bool {
        let wanted = Array(text.seen)
        return parts.contains { $0.contains(wanted[...]) }
    }

    private static func names(_ names: [String]) -> String {
        let shown = names.prefix(5).map { $0.onOneLine(limit: 40) }.joined(separator: ", ")
        return names.count > 5 ? shown + " …" : shown
    }
}

/// The text of a message, for searches.
private struct Seen {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.seen) }

    func contains(_ part: ArraySlice<UInt8>) -> Bool { place(of: part) != nil }

    /// How much of the start of a text stands here, in bytes.
    func longestPrefix(of text: ArraySlice<UInt8>) -> Int {
        if contains(text) { return text.count }
        var (known, unknown) = (0, text.count)
        while unknown - known > 1 {
            let middle = (known + unknown) / 2
            if contains(text.prefix(middle)) { known = middle } else { unknown = middle }
        }
        return known
    }

    /// The same for a text behind a name, with or without a colon between them.
    func longestPrefix(of text: ArraySlice<UInt8>, after name: [UInt8]) -> Int {
        [name, name + [UInt8(ascii: ":")]].map { start in
            let whole = start + text
            return max(0, longestPrefix(of: whole[...]) - start.count)
        }.max() ?? 0
    }

    private func place(of part: ArraySlice<UInt8>) -> Int? {
        guard let first = part.first else { return 0 }
        guard part.count <= bytes.count else { return nil }
        return (0...(bytes.count - part.count)).first { start in
            bytes[start] == first && bytes[start..<(start + part.count)].elementsEqual(part)
        }
    }
}

extension String {
    /// Its bytes without white space and invisible characters.
    fileprivate var seen: String.UTF8View {
        var text = ""
        for scalar in unicodeScalars where !scalar.properties.isWhitespace && !scalar.isInvisible {
            text.unicodeScalars.append(scalar)
        }
        return text.utf8
    }
}

extension ArraySlice<UInt8> {
    /// How many scalars these bytes are, for people.
    fileprivate var characterCount: Int { count { $0 & 0xC0 != 0x80 } }
}
