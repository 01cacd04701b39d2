internal import Basics

extension String {
    /// The text as one line of at most so many characters, without invisible ones.
    ///
    /// Characters that change the direction of text or hide are dropped: a name must not be able to pose as another.
    public func onOneLine(limit: Int) -> String {
        var line = ""
        var count = 0
        for scalar in unicodeScalars {
            if count == limit { return line + "…" }
            if scalar == "\n" || scalar == "\r" || scalar == "\t" {
                line.unicodeScalars.append(" ")
            } else if scalar.isInvisible {
                continue
            } else {
                line.unicodeScalars.append(scalar)
            }
            count += 1
        }
        return String(line.trimmingWhitespace)
    }
}

extension Int {
    /// The number with commas: `10,000`.
    public var withCommas: String {
        let digits = Array(String(magnitude))
        var text = self < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}
