public import JSON

extension AWSClient {
    /// The pages of an operation's result, each fetched when it is asked for:
    /// `for try await page in client.pages("ListTopics") { … page["Topics"] … }`.
    ///
    /// An operation without pagination has one page.
    public func pages(_ operation: String, _ input: JSONValue = [:], deadline: Timestamp? = nil) -> AWSPages {
        AWSPages(client: self, operation: operation, input: input, deadline: deadline)
    }
}

/// A long result, page by page; iterating throws what `AWSClient.call` throws.
public struct AWSPages: AsyncSequence, Sendable {
    let client: AWSClient
    let operation: String
    let input: JSONValue
    let deadline: Timestamp?

    /// Starts at the first page.
    public func makeAsyncIterator() -> Iterator { Iterator(pages: self, input: input) }

    /// Remembers where the next page begins.
    public struct Iterator: AsyncIteratorProtocol {
        let pages: AWSPages
        /// The next page's input; `nil` after the last one.
        var input: JSONValue?

        /// The next page's output.
        public mutating func next() async throws -> JSONValue? {
            guard let input else { return nil }
            let page = try await pages.client.call(pages.operation, input, deadline: pages.deadline)
            let pagination = try pages.client.model.operation(pages.operation).pagination
            self.input = pagination?.input(after: page, input)
            guard self.input != input else {
                return try await pages.client.describingErrors(of: pages.operation) {
                    throw AWSError(.invalidResponse, "the service gave the same page token twice")
                }
            }
            return page
        }
    }
}

extension Pagination {
    /// The input for the page after this one; `nil` when it was the last.
    func input(after page: JSONValue, _ input: JSONValue) -> JSONValue? {
        if let more, page.at(more)?.boolValue != true { return nil }
        let tokens = outputTokens.map { page.at($0) }
        guard tokens.contains(where: { $0 != nil && $0 != .null && $0 != "" }), var next = input.objectValue else {
            return nil
        }
        for (name, token) in zip(inputTokens, tokens) { next[name] = token }
        return .object(next)
    }
}

extension JSONValue {
    /// The value at a path of member names such as `DistributionList.NextMarker`.
    fileprivate func at(_ path: String) -> JSONValue? {
        path.split(separator: ".").reduce(self) { $0?[String($1)] }
    }
}
