import Basics
internal import JSON

/// Builds the nodes of a document from libyaml's events.
struct YAMLComposer: ~Copyable {
    /// A finished node with its size, which counts again for every alias to it.
    fileprivate struct Composed {
        var node: YAMLNode
        /// The number of nodes, itself included.
        var count = 1
        /// The levels of sequences and mappings.
        var height = 0
    }

    private var events: YAMLEventReader
    private let limits: YAMLLimits
    private let schema: YAMLSchema
    /// The node of each anchor; nil while it is being read.
    private var anchors: [String: Composed?] = [:]
    private var nodes = 0

    init(_ events: consuming YAMLEventReader, limits: YAMLLimits, schema: YAMLSchema) {
        self.events = events
        self.limits = limits
        self.schema = schema
    }

    /// The stream's document.
    /// - Throws: `secondDocument` when there is another one.
    mutating func document() throws(YAMLError) -> YAMLNode {
        _ = try events.next()
        guard case .documentStart = try events.next().kind else {
            return YAMLNode(.scalar(YAMLScalar(text: "", value: .null, isPlain: true)), line: 1, column: 1)
        }
        let root = try node(events.next(), depth: 0).node
        _ = try events.next()
        let after = try events.next()
        guard case .streamEnd = after.kind else {
            throw after.error(.secondDocument, "a second document begins: put everything into one")
        }
        return root
    }

    /// All documents of the stream; an empty one between two markers is null.
    mutating func documents() throws(YAMLError) -> [YAMLNode] {
        _ = try events.next()
        var result: [YAMLNode] = []
        while case .documentStart = try events.next().kind {
            anchors = [:]
            result.append(try node(events.next(), depth: 0).node)
            _ = try events.next()
        }
        return result
    }

    private mutating func node(_ event: YAMLEvent, depth: Int, isKey: Bool = false) throws(YAMLError) -> Composed {
        if case .alias(let name) = event.kind { return try alias(name, event, depth: depth) }
        try count(1, event)
        if let anchor = event.anchor {
            if schema == .pyYAML, anchors[anchor] != nil {
                throw event.error(.unknownAlias, "the anchor &\(anchor) is defined a second time: rename one")
            }
            anchors[anchor] = .some(nil)
        }
        var composed: Composed
        switch event.kind {
        case .sequenceStart: composed = try sequence(event, depth: depth)
        case .mappingStart: composed = try mapping(event, depth: depth)
        case .scalar(let text, let isPlain, let isImplicit):
            let scalar =
                switch schema {
                case .core: try YAMLScalar(text, tag: event.tag, isPlain: isPlain, at: event)
                case .pyYAML:
                    try PyYAML.scalar(text, tag: event.tag, isImplicit: isImplicit, isKey: isKey, at: event)
                }
            composed = Composed(node: event.node(.scalar(scalar)))
        default: throw event.error(.syntax, "a value is missing")
        }
        if let anchor = event.anchor { anchors[anchor] = composed }
        return composed
    }

    private mutating func alias(_ name: String, _ event: YAMLEvent, depth: Int) throws(YAMLError) -> Composed {
        guard let entry = anchors[name] else {
            throw event.error(
                .unknownAlias,
                "*\(name) refers to an anchor that is not defined before it: add &\(name), "
                    + "or quote a text that begins with *")
        }
        guard let target = entry else {
            throw event.error(.unknownAlias, "*\(name) is inside the value that it refers to")
        }
        try count(target.count, event)
        try check(depth: depth + target.height, event)
        return target
    }

    private mutating func sequence(_ start: YAMLEvent, depth: Int) throws(YAMLError) -> Composed {
        try check(depth: depth + 1, start)
        var composed = Composed(node: start.node(.sequence([])), height: 1)
        var elements: [YAMLNode] = []
        while let event = try nextInside() {
            let element = try node(event, depth: depth + 1)
            composed.include(element)
            elements.append(element.node)
        }
        let kind = schema == .pyYAML ? try PyYAML.sequence(elements, tag: start.tag, at: start) : .sequence(elements)
        composed.node = start.node(kind, hasAnchor: elements.contains(where: \.hasAnchor))
        return composed
    }

    private mutating func mapping(_ start: YAMLEvent, depth: Int) throws(YAMLError) -> Composed {
        try check(depth: depth + 1, start)
        var composed = Composed(node: start.node(.mapping([])), height: 1)
        var members = YAMLMembers(schema: schema)
        while let event = try nextInside() {
            let key = try node(event, depth: depth + 1, isKey: true)
            let value = try node(events.next(), depth: depth + 1)
            composed.include(key)
            composed.include(value)
            try members.add(key.node, value.node)
        }
        let merged = try members.merged()
        try count(merged.count - members.count, start)
        let kind = schema == .pyYAML ? try PyYAML.mapping(merged, tag: start.tag, at: start) : .mapping(merged)
        composed.node = start.node(kind, hasAnchor: merged.contains { $0.key.hasAnchor || $0.value.hasAnchor })
        return composed
    }

    private mutating func nextInside() throws(YAMLError) -> YAMLEvent? {
        let event = try events.next()
        if case .end = event.kind { return nil }
        return event
    }

    private mutating func count(_ more: Int, _ event: YAMLEvent) throws(YAMLError) {
        nodes += more
        guard nodes <= limits.nodes else {
            throw event.error(.limit, "more than \(limits.nodes) values, repeated ones included: split the document")
        }
    }

    private func check(depth: Int, _ event: YAMLEvent) throws(YAMLError) {
        guard depth <= limits.depth else {
            throw event.error(.limit, "lists and mappings lie deeper than \(limits.depth) levels")
        }
    }
}

extension YAMLComposer.Composed {
    fileprivate mutating func include(_ part: Self) {
        count += part.count
        height = max(height, part.height + 1)
    }
}

extension YAMLEvent {
    fileprivate func node(_ kind: YAMLNode.Kind, hasAnchor: Bool = false) -> YAMLNode {
        YAMLNode(kind, line: line, column: column, hasAnchor: hasAnchor || anchor != nil)
    }

    func error(_ code: YAMLError.Code, _ message: String) -> YAMLError {
        YAMLError(code: code, message: message, line: line, column: column)
    }
}

/// The members of a mapping that is being read.
private struct YAMLMembers {
    let schema: YAMLSchema
    private var members: [(key: YAMLNode, value: YAMLNode)] = []
    /// Positions by the bytes of keys, because Swift's `String` equality would also match canonically equivalent keys.
    private var positions: [[UInt8]: Int] = [:]
    private var merge: YAMLNode?
    /// With PyYAML's schema, the members that `<<` adds; they go before the others, and may be overwritten.
    private var mergedBefore: [(key: YAMLNode, value: YAMLNode)] = []

    init(schema: YAMLSchema) { self.schema = schema }

    var count: Int { members.count }

    /// Adds a member, or remembers the value of `<<` for ``merged()``.
    /// - Throws: `duplicateKey` and `complexKey`.
    mutating func add(_ key: YAMLNode, _ value: YAMLNode) throws(YAMLError) {
        guard case .scalar(let scalar) = key.kind else {
            throw key.error(.complexKey, "a key is a list or mapping: only texts, numbers and the like can be keys")
        }
        let isMerge = scalar.isPlain && scalar.text == "<<"
        if schema == .pyYAML {
            if isMerge {
                mergedBefore += try value.mergeSources().reversed().flatMap(\.self)
            } else {
                members.append((key, value))
            }
            return
        }
        let known = positions.updateValue(members.count, forKey: [UInt8](scalar.text.utf8))
        if isMerge, merge == nil {
            merge = value
            return
        }
        guard let known else { return members.append((key, value)) }
        let first = isMerge ? merge?.line : members[known].key.line
        throw key.error(
            .duplicateKey, "key \"\(scalar.text)\" stands here again, first on line \(first ?? 0): remove one")
    }

    /// The members, then those members of the merged mappings whose keys are new.
    ///
    /// Earlier mappings win.
    mutating func merged() throws(YAMLError) -> [(key: YAMLNode, value: YAMLNode)] {
        if schema == .pyYAML { return PyYAML.withoutDuplicates(mergedBefore + members) }
        guard let merge else { return members }
        var result = members
        for others in try merge.mergeSources() {
            for other in others {
                guard case .scalar(let key) = other.key.kind,
                    positions.updateValue(result.count, forKey: [UInt8](key.text.utf8)) == nil
                else { continue }
                result.append(other)
            }
        }
        return result
    }
}

extension YAMLNode {
    /// The mappings that this value of `<<` adds.
    fileprivate func mergeSources() throws(YAMLError) -> [[(key: YAMLNode, value: YAMLNode)]] {
        let sources: [YAMLNode] = if case .sequence(let list) = kind { list } else { [self] }
        var mappings: [[(key: YAMLNode, value: YAMLNode)]] = []
        for source in sources {
            guard case .mapping(let members) = source.kind else {
                throw source.error(.wrongMerge, "<< takes a mapping, such as *defaults, or a list of mappings")
            }
            mappings.append(members)
        }
        return mappings
    }

    fileprivate func error(_ code: YAMLError.Code, _ message: String) -> YAMLError {
        YAMLError(code: code, message: message, line: line, column: column)
    }
}

extension [UInt8] {
    /// The bytes with escaped surrogate pairs (`\ud83d\ude00`) replaced by their characters, when they are JSON.
    ///
    /// JSON is read as YAML, but YAML's escapes cannot express surrogate pairs. Other texts are returned unchanged.
    func resolvingSurrogates() -> [UInt8] {
        guard let first = first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }), first == 0x7B || first == 0x5B,
            indices.contains(where: { highSurrogate(at: $0) != nil }), (try? JSONValue(parsing: self)) != nil
        else { return self }
        var result: [UInt8] = []
        var place = 0
        while place < count {
            if let high = highSurrogate(at: place), let low = escaped(at: place + 6) {
                let scalar = UnicodeScalar(0x10000 + (high & 0x3FF) << 10 + low & 0x3FF)
                result += Array(String(Character(scalar ?? "\u{FFFD}")).utf8)
                place += 12
            } else {
                // Skip an escaped character as a whole, so that the second backslash of `\\` starts no escape.
                let length = self[place] == 0x5C && place + 1 < count ? 2 : 1
                result += self[place..<place + length]
                place += length
            }
        }
        return result
    }

    private func highSurrogate(at place: Int) -> UInt32? {
        escaped(at: place).flatMap { 0xD800...0xDBFF ~= $0 ? $0 : nil }
    }

    /// The number in `\uXXXX`.
    private func escaped(at place: Int) -> UInt32? {
        guard place + 6 <= count, self[place] == 0x5C, self[place + 1] == UInt8(ascii: "u") else { return nil }
        return self[place + 2..<place + 6].reduce(0) { value, byte in
            value.flatMap { value in hexValue(byte).map { value << 4 | UInt32($0) } }
        }
    }
}
