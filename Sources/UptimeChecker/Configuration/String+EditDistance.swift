extension String {
    /// How many characters have to be put in, left out or replaced to get another text (Levenshtein); for ASCII.
    func editDistance(to other: String) -> Int {
        var distances = Array(0...other.utf8.count)
        for (row, byte) in utf8.enumerated() {
            var diagonal = row
            distances[0] = row + 1
            for (column, otherByte) in other.utf8.enumerated() {
                let above = distances[column + 1]
                distances[column + 1] =
                    byte == otherByte ? diagonal : 1 + Swift.min(diagonal, above, distances[column])
                diagonal = above
            }
        }
        return distances[other.utf8.count]
    }
}
