extension String {
    /// An address for the round brackets of a Markdown link: its own brackets percent-encoded, as consoles also take
    /// them.
    var replacingParentheses: String {
        reduce(into: "") { text, character in
            switch character {
            case "(": text += "%28"
            case ")": text += "%29"
            default: text.append(character)
            }
        }
    }
}
