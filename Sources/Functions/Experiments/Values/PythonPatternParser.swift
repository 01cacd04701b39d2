import Basics

/// Parses a pattern as Python's `re._parser` does, and writes it for PCRE2.
struct PythonPatternParser {
    /// A translated part with what the parts around it must know.
    struct Item {
        var text: String
        /// The shortest and the longest text that it matches, in characters.
        var width = Width(0, 0)
        /// `^`, `\b` and the like, which cannot be repeated.
        var isAnchor = false
        var isRepeat = false
    }

    struct Width {
        var low: Int
        var high: Int
        static let unlimited = Int(UInt32.max)

        init(_ low: Int, _ high: Int) {
            self.low = min(low, Self.unlimited)
            self.high = min(high, Self.unlimited)
        }

        static func + (left: Width, right: Width) -> Width { Width(left.low + right.low, left.high + right.high) }

        func either(_ other: Width) -> Width { Width(min(low, other.low), max(high, other.high)) }
    }

    /// The flags that hold at a place.
    struct Flags {
        var isMultiline = false
        var isDotAll = false
        var isVerbose = false
        var isCaseless = false
    }

    private var scalars: [Unicode.Scalar]
    var position = 0
    private var globalFlags = Flags()
    var isASCII = false
    private var isUnicode = false
    /// The widths of groups by number; nil while a group is open.
    ///
    /// Group 0 is the whole.
    private var groups: [Width?] = [nil]
    private var names: [String: Int] = [:]
    /// The number of groups before the look-behind that is being read; nil outside of one.
    private var groupsBeforeLookBehind: Int?
    /// The highest group that a condition refers to.
    private var highestCondition = 0
    private var depth = 0

    private static let maximumDepth = 100

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    mutating func translation() throws(PythonPatternError) -> String {
        let whole = try alternatives(Flags(), isTop: true)
        guard position == scalars.count else { throw fault("unbalanced parenthesis") }
        guard highestCondition < groups.count else { throw fault("invalid group reference \(highestCondition)") }
        guard !(isASCII && isUnicode) else { throw fault("ASCII and UNICODE flags are incompatible") }
        return "(*LF)" + (isASCII ? "" : "(*UCP)") + (globalFlags.isCaseless ? "(?i)" : "") + whole.text
    }

    // MARK: Characters

    var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func get() -> Unicode.Scalar? {
        guard let scalar = next else { return nil }
        position += 1
        return scalar
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    mutating func take(_ limit: Int = .max, while predicate: (Unicode.Scalar) -> Bool) -> String {
        var text = String.UnicodeScalarView()
        while text.count < limit, let scalar = next, predicate(scalar) {
            text.append(scalar)
            position += 1
        }
        return String(text)
    }

    func fault(_ message: String) -> PythonPatternError {
        PythonPatternError(message: "\(message) at position \(position)")
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { "0"..."9" ~= scalar }
    static func isOctal(_ scalar: Unicode.Scalar) -> Bool { "0"..."7" ~= scalar }
    static func isHex(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isASCIIHexDigit }

    static func literal(_ scalar: Unicode.Scalar) -> String {
        scalar.isASCII && UInt8(scalar.value).isASCIIAlphanumeric
            ? String(scalar) : "\\x{\(String(scalar.value, radix: 16))}"
    }

    // MARK: Structure

    private mutating func alternatives(_ outer: Flags, isTop: Bool = false) throws(PythonPatternError) -> Item {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maximumDepth else { throw fault("too many groups lie in each other") }
        var flags = outer
        var whole = try sequence(&flags, isFirst: isTop)
        while take("|") {
            var flags = isTop ? globalFlags : outer
            let other = try sequence(&flags)
            whole = Item(text: whole.text + "|" + other.text, width: whole.width.either(other.width))
        }
        return whole
    }

    /// - Parameter isFirst: whether flags for the whole pattern may stand here.
    private mutating func sequence(_ flags: inout Flags, isFirst: Bool = false) throws(PythonPatternError) -> Item {
        var items: [Item] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            position += 1
            if flags.isVerbose {
                if " \t\n\r\u{B}\u{C}".unicodeScalars.contains(scalar) { continue }
                if scalar == "#" {
                    _ = try comment(until: "\n")
                    continue
                }
            }
            switch scalar {
            case "\\": items.append(try escape())
            case "[": items.append(Item(text: try set(), width: Width(1, 1)))
            case ".": items.append(Item(text: flags.isDotAll ? "(?s:.)" : "[^\\n]", width: Width(1, 1)))
            case "^": items.append(Item(text: flags.isMultiline ? "(?<![^\\n])" : "\\A", isAnchor: true))
            case "$": items.append(Item(text: flags.isMultiline ? "(?![^\\n])" : "(?=\\n?\\z)", isAnchor: true))
            case "?", "*", "+", "{": try quantifier(scalar, &items)
            case "(":
                if let item = try group(&flags, mayBeGlobal: isFirst && items.isEmpty) { items.append(item) }
            default: items.append(Item(text: Self.literal(scalar), width: Width(1, 1)))
            }
        }
        return items.reduce(Item(text: "")) { Item(text: $0.text + $1.text, width: $0.width + $1.width) }
    }

    private mutating func quantifier(_ sign: Unicode.Scalar, _ items: inout [Item]) throws(PythonPatternError) {
        var (low, high): (Int, Int?) = (0, nil)
        switch sign {
        case "?": high = 1
        case "+": low = 1
        case "{":
            let start = position
            let lowText = take(while: Self.isDigit)
            let highText = take(",") ? take(while: Self.isDigit) : lowText
            guard position > start, take("}") else {
                position = start
                return items.append(Item(text: Self.literal(sign), width: Width(1, 1)))
            }
            low = try repetitions(lowText) ?? 0
            high = try repetitions(highText)
            if let high, high < low { throw fault("min repeat greater than max repeat") }
        default: break
        }
        guard let item = items.last, !item.isAnchor else { throw fault("nothing to repeat") }
        guard !item.isRepeat else { throw fault("multiple repeat") }
        let kind = take("?") ? "?" : take("+") ? "+" : ""
        if groupsBeforeLookBehind != nil, item.width.high == 0 {
            let text = Self.repeatedNothing(item.text, isOptional: low == 0, isPossible: high != 0, kind)
            items[items.count - 1] = Item(text: text, isRepeat: true)
            return
        }
        let bounds = "{\(low),\(high.map { "\($0)" } ?? "")}"
        let (lowest, highest) = (item.width.low, item.width.high)
        let width = Width(
            lowest * low,
            high.map { highest.multipliedReportingOverflow(by: $0).overflow ? Width.unlimited : highest * $0 }
                ?? (highest == 0 ? 0 : Width.unlimited))
        items[items.count - 1] = Item(text: item.text + bounds + kind, width: width, isRepeat: true)
    }

    /// A part of width 0 in a look-behind, where PCRE2 takes no repetition of varying length.
    private static func repeatedNothing(
        _ text: String, isOptional: Bool, isPossible: Bool, _ kind: String
    ) -> String {
        guard isPossible else { return "" }
        guard isOptional else { return "(?:\(text))" }
        return kind == "?" ? "(?:|\(text))" : kind == "+" ? "(?>\(text)|)" : "(?:\(text)|)"
    }

    private func repetitions(_ text: String) throws(PythonPatternError) -> Int? {
        guard !text.isEmpty else { return nil }
        guard let number = Int(text), number <= 65_535 else { throw fault("the repetition number is too large") }
        return number
    }

    // MARK: Groups

    /// What begins with `(`; nil for a comment and for flags.
    private mutating func group(
        _ flags: inout Flags, mayBeGlobal: Bool
    ) throws(PythonPatternError) -> Item? {
        guard take("?") else { return try capture(nil, flags) }
        guard let sign = get() else { throw fault("unexpected end of pattern") }
        switch sign {
        case "P":
            if take("<") { return try capture(try name(until: ">"), flags) }
            guard take("=") else {
                guard let other = get() else { throw fault("unexpected end of pattern") }
                throw fault("unknown extension ?P\(other)")
            }
            let name = try name(until: ")")
            guard let number = names[name] else { throw fault("unknown group name '\(name)'") }
            return try reference(number)
        case ":": return try enclosed("(?:", flags)
        case ">": return try enclosed("(?>", flags)
        case "#":
            guard try comment(until: ")") else { throw fault("missing ), unterminated comment") }
            return nil
        case "=", "!": return try lookAround("(?\(sign)", flags)
        case "<":
            guard let kind = get() else { throw fault("unexpected end of pattern") }
            guard kind == "=" || kind == "!" else { throw fault("unknown extension ?<\(kind)") }
            return try lookAround("(?<\(kind)", flags, isBehind: true)
        case "(": return try condition(flags)
        case "a", "i", "L", "m", "s", "t", "u", "x", "-":
            return try flagGroup(sign, &flags, mayBeGlobal: mayBeGlobal)
        default: throw fault("unknown extension ?\(sign)")
        }
    }

    private mutating func close() throws(PythonPatternError) {
        guard take(")") else { throw fault("missing ), unterminated subpattern") }
    }

    private mutating func enclosed(_ start: String, _ flags: Flags) throws(PythonPatternError) -> Item {
        let inner = try alternatives(flags)
        try close()
        return Item(text: start + inner.text + ")", width: inner.width)
    }

    private mutating func capture(_ name: String?, _ flags: Flags) throws(PythonPatternError) -> Item {
        let number = groups.count
        if let name {
            guard names[name] == nil else { throw fault("redefinition of group name '\(name)'") }
            names[name] = number
        }
        groups.append(nil)
        let item = try enclosed("(", flags)
        groups[number] = item.width
        return item
    }

    private mutating func lookAround(
        _ start: String, _ flags: Flags, isBehind: Bool = false
    ) throws(PythonPatternError) -> Item {
        let outer = groupsBeforeLookBehind
        if isBehind, outer == nil { groupsBeforeLookBehind = groups.count }
        let item = try enclosed(start, flags)
        if isBehind { groupsBeforeLookBehind = outer }
        guard !isBehind || item.width.low == item.width.high else {
            throw fault("look-behind requires fixed-width pattern")
        }
        return Item(text: item.text)
    }

    private mutating func condition(_ flags: Flags) throws(PythonPatternError) -> Item {
        let text = try text(until: ")")
        let number: Int
        if Self.isIdentifier(text) {
            guard let known = names[text] else { throw fault("unknown group name '\(text)'") }
            number = known
        } else {
            guard let value = Int(text), value >= 0 else { throw fault("bad character in group name '\(text)'") }
            guard value > 0 else { throw fault("bad group number") }
            number = value
            highestCondition = max(highestCondition, number)
        }
        try checkLookBehind(number)
        var inner = flags
        let yes = try sequence(&inner)
        var (branches, width) = (yes.text, yes.width.either(Width(0, 0)))
        if take("|") {
            inner = flags
            let no = try sequence(&inner)
            guard next != "|" else { throw fault("conditional backref with more than two branches") }
            branches += "|" + no.text
            width = yes.width.either(no.width)
        }
        try close()
        return Item(text: "(?(\(number))\(branches))", width: width)
    }

    private mutating func flagGroup(
        _ first: Unicode.Scalar, _ flags: inout Flags, mayBeGlobal: Bool
    ) throws(PythonPatternError) -> Item? {
        var (added, removed): (Set<Unicode.Scalar>, Set<Unicode.Scalar>) = ([], [])
        var sign: Unicode.Scalar? = first
        while let flag = sign, flag != ")", flag != "-", flag != ":" {
            guard "aimstux".unicodeScalars.contains(flag) else {
                throw fault(flag == "L" ? "bad inline flags: cannot use 'L' flag with a str pattern" : "unknown flag")
            }
            added.insert(flag)
            sign = get()
        }
        if added.isSuperset(of: ["a", "u"]) {
            throw fault("bad inline flags: flags 'a', 'u' and 'L' are incompatible")
        }
        guard let sign else { throw fault("missing -, : or )") }
        if sign == ")" {
            guard mayBeGlobal else { throw fault("global flags not at the start of the expression") }
            isASCII = isASCII || added.contains("a")
            isUnicode = isUnicode || added.contains("u")
            globalFlags.apply(added, true)
            flags = globalFlags
            return nil
        }
        if added.contains("t") { throw fault("bad inline flags: cannot turn on global flag") }
        if sign == "-" {
            var last = get()
            while let flag = last, flag != ":" {
                guard "imstx".unicodeScalars.contains(flag) else {
                    let isType = ["a", "u", "L"].contains(flag)
                    throw fault(
                        isType ? "bad inline flags: cannot turn off flags 'a', 'u' and 'L'" : "unknown flag")
                }
                removed.insert(flag)
                last = get()
            }
            guard last == ":" else { throw fault("missing :") }
            guard !removed.isEmpty else { throw fault("missing flag") }
            if removed.contains("t") { throw fault("bad inline flags: cannot turn off global flag") }
        }
        guard added.isDisjoint(with: removed) else { throw fault("bad inline flags: flag turned on and off") }
        guard !added.contains("a") || isASCII, !(added.contains("u") && isASCII) else {
            throw fault("flag 'a' is supported for the whole pattern only: put (?a) at its start")
        }
        var inner = flags
        inner.apply(added, true)
        inner.apply(removed, false)
        let caseless = added.contains("i") ? "i" : removed.contains("i") ? "-i" : ""
        return try enclosed("(?\(caseless):", inner)
    }

    /// Moves past a comment, in which an escaped sign does not end it; false when it has no end.
    private mutating func comment(until end: Unicode.Scalar) throws(PythonPatternError) -> Bool {
        while let scalar = get() {
            if scalar == end { return true }
            if scalar == "\\", get() == nil { throw fault("bad escape (end of pattern)") }
        }
        return false
    }

    // MARK: Names and references

    private mutating func text(until end: Unicode.Scalar) throws(PythonPatternError) -> String {
        let text = take { $0 != end }
        guard take(end) else { throw fault("missing \(end), unterminated name") }
        guard !text.isEmpty else { throw fault("missing group name") }
        return text
    }

    private mutating func name(until end: Unicode.Scalar) throws(PythonPatternError) -> String {
        let name = try text(until: end)
        guard Self.isIdentifier(name) else { throw fault("bad character in group name '\(name)'") }
        return name
    }

    private static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first == "_" || first.properties.isXIDStart else { return false }
        return text.unicodeScalars.dropFirst().allSatisfy { $0.properties.isXIDContinue }
    }

    func reference(_ number: Int) throws(PythonPatternError) -> Item {
        guard number < groups.count else { throw fault("invalid group reference \(number)") }
        guard let width = groups[number] else { throw fault("cannot refer to an open group") }
        try checkLookBehind(number)
        return Item(text: "\\g{\(number)}", width: width)
    }

    private func checkLookBehind(_ number: Int) throws(PythonPatternError) {
        guard let limit = groupsBeforeLookBehind else { return }
        guard number < groups.count, groups[number] != nil else { throw fault("cannot refer to an open group") }
        guard number < limit else {
            throw fault("cannot refer to group defined in the same lookbehind subpattern")
        }
    }
}

extension PythonPatternParser.Flags {
    fileprivate mutating func apply(_ letters: Set<Unicode.Scalar>, _ isOn: Bool) {
        if letters.contains("i") { isCaseless = isOn }
        if letters.contains("m") { isMultiline = isOn }
        if letters.contains("s") { isDotAll = isOn }
        if letters.contains("x") { isVerbose = isOn }
    }
}
