public import AWS
public import Basics
public import JSON

/// A long result in one piece, as boto3's `paginate(PaginationConfig).build_full_result()` gives it.
public struct AWSFullResult: Sendable {
    /// The lists of all pages joined, numbers added up, and what each page repeats.
    public let output: JSONValue
    /// Where to go on after `maximumItems`: the `startingToken` of another call; `nil` when that was all.
    ///
    /// boto3 and the AWS CLI write and read the same tokens.
    public let nextToken: String?
}

extension AWSClient {
    /// Calls an operation for all its pages, or for those that hold the first items, and joins them.
    ///
    /// - Parameters:
    ///   - maximumItems: the most items of the operation's first list; all by default. The AWS CLI's `--max-items`.
    ///   - pageSize: how many items the service is asked for at a time. The AWS CLI's `--page-size`.
    ///   - startingToken: the `nextToken` of an earlier result, or a token of the service.
    ///   - progress: gets each page as the service sent it, and how many items were taken so far.
    /// - Throws: as `call`, and `invalidParameter` for an operation without pages or page size and for a wrong token.
    public func fullResult(
        _ operation: String, _ input: JSONValue = [:], maximumItems: Int? = nil, pageSize: Int? = nil,
        startingToken: String? = nil, deadline: Timestamp? = nil,
        progress: (_ page: JSONValue, _ items: Int) -> Void = { _, _ in }
    ) async throws -> AWSFullResult {
        try await describingErrors(of: operation) {
            guard let pagination = try pagination(of: operation) else {
                throw AWSError(.invalidParameter, "\(operation) has no pages: call it without pagination settings")
            }
            var collector = try PageCollector(
                pagination, input, maximumItems: maximumItems, pageSize: pageSize, startingToken: startingToken)
            while let input = collector.nextInput {
                let page = try await call(operation, input, deadline: deadline)
                try collector.take(page)
                progress(page, collector.count)
            }
            return AWSFullResult(output: collector.output, nextToken: collector.nextToken)
        }
    }

    /// The items of all pages: those of the operation's first list, such as `Reservations` of `DescribeInstances`.
    ///
    /// - Throws: as `fullResult`.
    public func items(
        _ operation: String, _ input: JSONValue = [:], maximumItems: Int? = nil, deadline: Timestamp? = nil
    ) async throws -> [JSONValue] {
        let output = try await fullResult(operation, input, maximumItems: maximumItems, deadline: deadline).output
        let path = try pagination(of: operation)?.results.first
        return path.flatMap { output.at($0)?.arrayValue } ?? []
    }
}

/// Joins pages and says which one to fetch next.
///
/// Source: `PageIterator` in botocore's paginate.py. Other than there, maps of several pages are joined, too
/// (`GetUsage` of API Gateway), of which botocore keeps those of the first page.
struct PageCollector {
    private let pagination: Pagination
    /// The path of the list whose items count.
    private let primary: String
    private let maximumItems: Int?
    /// The input for the next page; nil when there is no other, or there are enough items.
    private(set) var nextInput: JSONValue?
    /// The tokens of the page that comes next, and how many of its items an earlier result had.
    private var position: PagePosition
    private var isFirst = true
    /// How many items were taken.
    private(set) var count = 0
    private var result: JSONValue = [:]
    private var constants: [JSONValue?] = []
    private(set) var nextToken: String?

    init(
        _ pagination: Pagination, _ input: JSONValue, maximumItems: Int?, pageSize: Int?, startingToken: String?
    ) throws(AWSError) {
        guard maximumItems ?? 0 >= 0 else { throw AWSError(.invalidParameter, "the most items cannot be less than 0") }
        self.pagination = pagination
        primary = pagination.results.first ?? ""
        self.maximumItems = maximumItems
        var input = input.objectValue ?? [:]
        position = PagePosition(tokens: JSONObject(pagination.inputTokens.map { ($0, .null) }))
        if let startingToken {
            position = try PagePosition(startingToken, for: pagination)
            input = pagination.input(.object(input), with: position.tokens).objectValue ?? [:]
        }
        if let pageSize {
            guard let limit = pagination.limit else {
                throw AWSError(.invalidParameter, "the pages of this operation have no size that can be set")
            }
            input[limit] = pagination.isLimitText ? .string(String(pageSize)) : JSONValue(pageSize)
        }
        nextInput = .object(input)
    }

    /// The joined pages.
    var output: JSONValue {
        var output = result
        for (path, constant) in zip(pagination.constants, constants) { output.set(constant ?? .null, at: path) }
        return output
    }

    /// Adds a page and decides whether another one is needed.
    mutating func take(_ page: JSONValue) throws(AWSError) {
        var page = page
        let input = nextInput ?? [:]
        nextInput = nil
        if isFirst {
            constants = pagination.constants.map { page.at($0) }
            skipTakenItems(of: &page)
        }
        isFirst = false
        let found = page.at(primary)?.itemCount ?? 0
        if let maximumItems, count + found > maximumItems {
            let kept = maximumItems - count
            page.set(page.at(primary)?.items(0..<kept) ?? .null, at: primary)
            join(page)
            position.taken = (position.taken ?? 0) + kept
            nextToken = position.text
            return
        }
        count += found
        join(page)
        guard let tokens = pagination.tokens(after: page) else { return }
        let isRepeated = tokens == position.tokens
        position = PagePosition(tokens: tokens)
        if count == maximumItems {
            nextToken = position.text
        } else if isRepeated {
            throw .repeatedPageToken
        } else {
            nextInput = pagination.input(input, with: tokens)
        }
    }

    /// Removes the items of the first page that an earlier result had.
    ///
    /// It had the page's other lists whole.
    private mutating func skipTakenItems(of page: inout JSONValue) {
        guard !position.isStart else { return }
        if let value = page.at(primary) {
            let count = value.itemCount
            page.set(value.items(min(position.taken ?? 0, count)..<count), at: primary)
        }
        for path in pagination.results where path != primary {
            switch page.at(path) {
            case .array: page.set([], at: path)
            case .string: page.set("", at: path)
            default: break
            }
        }
    }

    private mutating func join(_ page: JSONValue) {
        for path in pagination.results {
            guard let value = page.at(path), !value.isNull else { continue }
            result.set(result.at(path)?.joined(with: value) ?? value, at: path)
        }
    }
}

/// A place in a long result: a page, and how many items of it were taken.
private struct PagePosition {
    private static let takenKey = "boto_truncate_amount"

    var tokens: JSONObject
    /// How many items of the page an earlier result had; nil at the beginning of a page.
    var taken: Int?
    /// Whether it is the beginning of the whole result.
    private(set) var isStart = true

    init(tokens: JSONObject) { self.tokens = tokens }

    /// Reads a token: base64 of JSON as botocore writes it, or tokens of the service and a number divided by `___`.
    init(_ text: String, for pagination: Pagination) throws(AWSError) {
        isStart = false
        if let bytes = Base64.decode(text), case .object(var object)? = try? JSONValue(parsing: bytes) {
            taken = object.removeValue(forKey: Self.takenKey)?.intValue.map(Int.init)
            // Blobs are base64 here; botocore decodes them and lists where they are.
            object.removeValue(forKey: "boto_encoded_keys")
            tokens = object
        } else {
            var parts = Self.parts(text)
            let names = pagination.inputTokens
            if parts.count == names.count + 1 {
                if let number = Int(parts[names.count]) {
                    (taken, parts) = (number, parts.dropLast())
                } else {
                    parts = [text]
                }
            }
            tokens = JSONObject(names.map { ($0, .null) })
            for (name, part) in zip(names, parts) { tokens[name] = part == "None" ? .null : .string(part) }
            if parts.count > names.count { tokens = [:] }
        }
        guard Set(tokens.keys) == Set(pagination.inputTokens), taken ?? 0 >= 0 else {
            throw AWSError(.invalidParameter, "the starting token is not one of this operation: take the last result's")
        }
    }

    private static func parts(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        var (parts, start, index) = ([String](), 0, 0)
        while index + 3 <= bytes.count {
            if bytes[index..<index + 3].allSatisfy({ $0 == UInt8(ascii: "_") }) {
                parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
                index += 3
                start = index
            } else {
                index += 1
            }
        }
        return parts + [String(decoding: bytes[start...], as: UTF8.self)]
    }

    var text: String {
        var object = tokens
        object[Self.takenKey] = taken.map { JSONValue($0) }
        return Base64.encode(JSONValue.object(object).serialized())
    }
}

extension JSONValue {
    /// The elements of a list, or the characters of a text; other results are not counted.
    fileprivate var itemCount: Int {
        switch self {
        case .array(let elements): elements.count
        case .string(let text): text.unicodeScalars.count
        default: 0
        }
    }

    /// Some of the items; another kind of result as a whole.
    fileprivate func items(_ range: Range<Int>) -> JSONValue {
        switch self {
        case .array(let elements): return .array(Array(elements[range]))
        case .string(let text):
            return .string(
                String(String.UnicodeScalarView(text.unicodeScalars.dropFirst(range.lowerBound).prefix(range.count))))
        default: return self
        }
    }

    /// A result with that of the next page.
    fileprivate func joined(with next: JSONValue) -> JSONValue {
        switch (self, next) {
        case (.array(let first), .array(let second)): return .array(first + second)
        case (.string(let first), .string(let second)): return .string(first + second)
        case (.object(var object), .object(let second)):
            for (key, value) in second { object[key] = value }
            return .object(object)
        case (.integer(let first), .integer(let second)): return .integer(first &+ second)
        default: return next
        }
    }

    /// Sets the value at a path of names.
    fileprivate mutating func set(_ value: JSONValue, at path: String) {
        let steps = path.split(separator: ".", maxSplits: 1)
        var object = objectValue ?? [:]
        if steps.count == 1 {
            object[path] = value
        } else {
            let name = String(steps[0])
            var inner = object[name] ?? [:]
            inner.set(value, at: String(steps[1]))
            object[name] = inner
        }
        self = .object(object)
    }
}
