import AWS
import Basics
import JSON

/// Texts about services, operations and their parameters.
enum AWSHelp {
    /// All services with their full names, a line each.
    static func services() -> String {
        let all = AWSService.all.map { ($0.service.name, $0.fullName) }
        let width = all.map(\.0.count).max() ?? 0
        return all.map { $0.padded(to: width) + "  " + $1 }.joined(separator: "\n")
    }

    /// All operations: in columns on a terminal, those that only read first; elsewhere one a line.
    static func operations(of service: ServiceDescription, named name: String, width: Int?) -> String {
        let operations = service.operationNames
        guard let width else { return operations.map(AWSNames.dashed).joined(separator: "\n") }
        func section(_ title: String, _ contains: (CallEffect) -> Bool) -> String? {
            let names = operations.filter { contains(.of(name, $0, [:])) }.map(AWSNames.dashed)
            guard !names.isEmpty else { return nil }
            return ([title] + columns(names, width: width)).joined(separator: "\n")
        }
        return [section("Read:") { $0 == .reads }, section("With --yes:") { $0 != .reads }].compactMap(\.self)
            .joined(separator: "\n\n")
    }

    /// Names in as many columns as fit, from top to bottom, as `ls` prints them; one a line where not even two fit.
    static func columns(_ names: [String], width: Int) -> [String] {
        for count in stride(from: min(names.count, max(1, width / 3)), through: 1, by: -1) {
            let height = (names.count + count - 1) / count
            let columns = stride(from: 0, to: names.count, by: height).map { names[$0..<min($0 + height, names.count)] }
            let widths = columns.map { $0.map(\.count).max() ?? 0 }
            // Two spaces before each: the indent, or the gap to the column before.
            guard count == 1 || widths.reduce(0, { $0 + $1 + 2 }) <= width else { continue }
            return (0..<height).map { row in
                let cells = zip(columns, widths).compactMap { column, width in
                    row < column.count ? "  " + column[column.startIndex + row].padded(to: width) : nil
                }
                return String(cells.joined().reversed().drop { $0 == " " }.reversed())
            }
        }
        return []
    }

    /// What an operation does and takes.
    /// - Parameter waiters: those of the service.
    static func text(
        of operation: OperationDescription, _ service: AWSService, waiters: [(name: String, operation: String)]
    ) -> String {
        let service = service.name
        var lines = ["tocsin aws \(service) \(AWSNames.dashed(operation.name))", "", effect(of: operation, service)]
        if let pages = operation.pages {
            lines.append("All pages are read; the results are \(pages.results.joined(separator: ", ")).")
            let single = (pages.tokens + [pages.limit].compactMap(\.self)).map { "--" + AWSNames.dashed($0) }
            lines.append("With \(single.joined(separator: " or ")) it reads one page.")
        }
        if let body = operation.streamingInput {
            lines.append("--\(AWSNames.dashed(body)) takes the path of a file, - for standard input, or a JSON text.")
        }
        if let body = operation.streamingOutput {
            lines.append("\(body) of the answer is binary: it goes to --save-body PATH, or to standard output.")
        }
        for waiter in waiters where waiter.operation == operation.name {
            let name = waiter.name.replacing("_", with: "-")
            lines.append("tocsin aws \(service) wait \(name)  calls it with these parameters until that is so.")
        }
        guard !operation.input.isEmpty else { return (lines + ["It takes no parameters."]).joined(separator: "\n") }
        lines += ["", "Parameters (* is required), with the names that JSON has in structures:"]
        let sorted = operation.input.filter(\.isRequired) + operation.input.filter { !$0.isRequired }
        for member in sorted { lines += self.lines(of: member, named: optionName(member, of: operation), depth: 0, []) }
        return lines.joined(separator: "\n")
    }

    private static func effect(of operation: OperationDescription, _ service: String) -> String {
        switch CallEffect.of(service, operation.name, [:]) {
        case .reads: "\(operation.name) only reads: it runs without a question."
        case .mayChange: "\(operation.name) may change something: it runs after --yes."
        case .revealsSecret(let secret): "\(operation.name) prints \(secret): it runs after --yes."
        }
    }

    private static func optionName(_ member: ShapeDescription.Member, of operation: OperationDescription) -> String {
        let name = "--" + AWSNames.dashed(member.name)
        // The option of this name is the whole input.
        return name == "--parameters" ? "--parameters '{\"\(member.name)\": …}'" : name
    }

    /// A member and what is inside it, deeper ones indented.
    /// - Parameter open: the types around it, because a type may contain itself.
    private static func lines(
        of member: ShapeDescription.Member, named name: String, depth: Int, _ open: [Int]
    ) -> [String] {
        let (text, structure) = type(member.shape)
        let indent = String(repeating: "  ", count: depth)
        let line = "\(member.isRequired ? "*" : " ") \(indent)\(name)  \(text)"
        guard let structure else { return [line] }
        guard !open.contains(structure.identity) else { return [line + ", as above"] }
        return [line]
            + structure.members.flatMap { inner in
                lines(of: inner, named: inner.name, depth: depth + 1, open + [structure.identity])
            }
    }

    /// A type in words, and the structure in it: `list of structures`.
    private static func type(_ shape: ShapeDescription, isPlural: Bool = false) -> (String, ShapeDescription?) {
        let plural = isPlural ? "s" : ""
        if shape.isDocument { return ("any JSON", nil) }
        switch shape.kind {
        case .structure: return ((shape.isUnion ? "one of" : "structure" + plural), shape)
        case .list:
            guard let element = shape.element else { return ("list" + plural, nil) }
            let (text, structure) = type(element, isPlural: true)
            return ("list\(plural) of \(text)", structure)
        case .map:
            guard let element = shape.element else { return ("map" + plural, nil) }
            let (text, structure) = type(element, isPlural: true)
            return ("map\(plural) of \(text)", structure)
        case .blob: return (isPlural ? "binary values" : "binary", nil)
        case .double: return ("number" + plural, nil)
        case .string, .integer, .boolean, .timestamp: return (shape.kind.rawValue + plural, nil)
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
