/// A step through a document, as libyaml reports it.
struct YAMLEvent {
    enum Kind {
        case alias(String)
        case scalar(text: String, isPlain: Bool)
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
