public import Basics
public import JSON

extension AWSClient {
    /// The pages of an operation's result, each fetched when it is asked for:
    /// `for try await page in client.pages("ListTopics") { … page["Topics"] … }`.
    ///
    /// An operation without pagination has one page.
    public func pages(_ operation: String, _ input: JSONValue = [:], deadline: Timestamp? = nil) -> AWSPages {
        AWSPages(client: self, operation: operation, input: input, deadline: deadline)
    }

    /// How an operation's pages are read, for `AWSPaginators`; nil when its result has no pages.
    package func pagination(of operation: String) throws(AWSError) -> Pagination? {
        try model.operation(operation).pagination
    }
}

/// A long result, page by page; iterating throws what `AWSClient.call` throws.
public struct AWSPages: AsyncSequence, Sendable {
    fileprivate let client: AWSClient
    fileprivate let operation: String
    fileprivate let input: JSONValue
    fileprivate let deadline: Timestamp?

    /// An iterator that starts at the first page.
    public func makeAsyncIterator() -> Iterator { Iterator(pages: self, input: input) }

    /// Holds the token of the next page.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let pages: AWSPages
        /// The next page's input; `nil` after the last one.
        fileprivate var input: JSONValue?

        /// Fetches the next page; `nil` after the last one.
        public mutating func next() async throws -> JSONValue? {
            guard let input else { return nil }
            let page = try await pages.client.call(pages.operation, input, deadline: pages.deadline)
            let pagination = try pages.client.model.operation(pages.operation).pagination
            self.input = pagination?.input(after: page, input)
            guard self.input != input else {
                return try await pages.client.describingErrors(of: pages.operation) { throw AWSError.repeatedPageToken }
            }
            return page
        }
    }
}

extension AWSError {
    /// The pages would never end.
    package static var repeatedPageToken: AWSError {
        AWSError(.invalidResponse, "the service gave the same page token twice")
    }
}

extension Pagination {
    /// The input for the page after this one; `nil` when it was the last.
    func input(after page: JSONValue, _ input: JSONValue) -> JSONValue? {
        tokens(after: page).map { self.input(input, with: $0) }
    }

    /// The tokens of the page after this one by the input members that take them, `null` for those that it does not
    /// need; `nil` when it was the last page.
    package func tokens(after page: JSONValue) -> JSONObject? {
        if let more, page.at(more) != true { return nil }
        var tokens = JSONObject()
        for (name, expression) in zip(inputTokens, outputTokens) { tokens[name] = page.token(expression) }
        return tokens.allSatisfy(\.value.isNull) ? nil : tokens
    }

    /// An input for the page that begins at these tokens.
    package func input(_ input: JSONValue, with tokens: JSONObject) -> JSONValue {
        var next = input.objectValue ?? [:]
        for (name, token) in tokens {
            if token.isNull { next.removeValue(forKey: name) } else { next[name] = token }
        }
        return .object(next)
    }
}

// The models' paginators are written in JMESPath. The little that they use of it is evaluated here, because JMESPath
// would be in every function; the generator refuses what goes beyond it.
extension JSONValue {
    /// The value at a path such as `DistributionList.Items` or `Contents[-1].Key`.
    package func at(_ path: some StringProtocol) -> JSONValue? {
        path.split(separator: ".").reduce(self) { value, step in
            guard step.hasSuffix("[-1]") else { return value?[String(step)] }
            return value?[String(step.dropLast(4))]?.arrayValue?.last
        }
    }

    /// The first value that is not empty of paths such as `NextMarker || Contents[-1].Key`; `null` when there is none.
    fileprivate func token(_ expression: String) -> JSONValue {
        for path in expression.split(separator: "|") {
            if let value = at(path.filter { $0 != " " }), !Self.emptyTokens.contains(value) { return value }
        }
        return .null
    }

    private static let emptyTokens: [JSONValue] = [.null, "", 0, false, [], [:]]
}
