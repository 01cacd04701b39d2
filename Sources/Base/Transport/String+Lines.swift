extension String {
    /// The text without the line break at its end.
    func trimmingLineEnd() -> Substring {
        var text = self[...]
        while let last = text.unicodeScalars.last, last == "\r" || last == "\n" { text.unicodeScalars.removeLast() }
        return text
    }
}
