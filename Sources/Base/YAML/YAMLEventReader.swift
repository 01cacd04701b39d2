import Basics
internal import CYAML

/// libyaml's parser over a text.
struct YAMLEventReader: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) throws(YAMLError) {
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw YAMLError(code: .limit, message: "libyaml has no memory for a parser", line: 1, column: 1)
        }
        text = .allocate(capacity: bytes.count)
        _ = text.initialize(from: bytes)
        yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    /// The next event; the last one is `streamEnd`.
    mutating func next() throws(YAMLError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(event)
    }

    private func failure() -> YAMLError {
        let fault = parser.pointee
        let problem = fault.problem.map { String(cString: $0) } ?? "unknown fault"
        guard fault.error != YAML_READER_ERROR else {
            let read = text.prefix(fault.problem_offset)
            let lineStart = read.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            return YAMLError(
                code: .encoding, message: "\(problem): save the file as UTF-8, without control characters",
                line: read.count { $0 == UInt8(ascii: "\n") } + 1, column: read.count - lineStart + 1
            )
        }
        let context = fault.context.map { String(cString: $0) + ", " } ?? ""
        return YAMLError(
            code: .syntax, message: context + problem + Self.advice(problem),
            line: Int(fault.problem_mark.line) + 1, column: Int(fault.problem_mark.column) + 1
        )
    }

    /// Advice for the most frequent of libyaml's messages.
    private static func advice(_ problem: String) -> String {
        switch problem {
        case "found character that cannot start any token":
            ": indent with spaces, not tabs, and quote a text that begins with % @ or `"
        case "did not find expected alphabetic or numeric character": ": quote a text that begins with * or &"
        case "found a tab character that violates indentation": ": indent with spaces"
        case "mapping values are not allowed in this context":
            ": check the indentation, and quote a text with a colon in it"
        case "could not find expected ':'", "did not find expected key", "did not find expected '-' indicator",
            "did not find expected <document start>":
            ": check the indentation, and quote a text that begins with [ { & * ! | > ' \" % @ or `"
        case "found unexpected end of stream", "did not find expected ',' or ']'", "did not find expected ',' or '}'",
            "did not find expected node content":
            ": close the quote or bracket, and quote a text that begins with [ or {"
        default: ""
        }
    }
}

extension YAMLEvent {
    fileprivate init(_ event: yaml_event_t) {
        line = Int(event.start_mark.line) + 1
        column = Int(event.start_mark.column) + 1
        switch event.type {
        case YAML_ALIAS_EVENT: kind = .alias(Self.text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            kind = .scalar(
                text: String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE,
                isImplicit: scalar.plain_implicit == 1
            )
            anchor = Self.text(scalar.anchor)
            tag = Self.text(scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            anchor = Self.text(event.data.sequence_start.anchor)
            tag = Self.text(event.data.sequence_start.tag)
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            anchor = Self.text(event.data.mapping_start.anchor)
            tag = Self.text(event.data.mapping_start.tag)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: kind = .end
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        default: kind = .streamEnd
        }
    }

    private static func text(_ bytes: UnsafePointer<yaml_char_t>?) -> String? {
        bytes.map { String(cString: $0) }
    }
}

/// A step through a document, as libyaml reports it.
struct YAMLEvent {
    enum Kind {
        case alias(String)
        /// `isImplicit`: plain without a tag, or with the tag `!`, which libyaml does not report.
        case scalar(text: String, isPlain: Bool, isImplicit: Bool)
        case sequenceStart
        case mappingStart
        /// The end of a sequence or mapping.
        case end
        case documentStart
        case documentEnd
        case streamStart
        case streamEnd
    }

    var kind: Kind
    var anchor: String?
    /// An explicit tag with its handle resolved.
    var tag: String?
    var line: Int
    var column: Int
}
