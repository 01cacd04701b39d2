/// How an operation hands out long results page by page.
public struct Pagination: Sendable {
    /// The input members that take the tokens, in the order of `outputTokens`.
    public let inputTokens: [String]
    /// The output members that hold the next page's tokens.
    public let outputTokens: [String]
    /// The output members that hold the results: a list, map, string or number each.
    public let results: [String]
    /// The input member that bounds a page's size.
    public let limit: String?
    /// The boolean output member that tells whether there are more pages; without one, a token tells.
    public let more: String?
}
