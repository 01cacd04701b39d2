/// A page that tells more about a notification.
public struct Link: Sendable, Hashable {
    /// What a button says, such as `Alarm`; plain text.
    public var title: String
    /// An absolute `https` (or, from somebody's own message, `http`) address, percent-encoded.
    public var url: String

    /// Makes a link.
    public init(_ title: String, _ url: String) {
        self.title = title
        self.url = url
    }
}
