extension RandomAccessCollection {
    /// The place of the first element for which the test fails, found by halving; the elements that pass it must come
    /// first.
    ///
    /// Inlined, so that histories of millions of points are searched without calls.
    @inlinable public func partitionPoint(_ isBefore: (Element) -> Bool) -> Index {
        var (low, rest) = (startIndex, count)
        while rest > 0 {
            let half = rest / 2
            let middle = index(low, offsetBy: half)
            if isBefore(self[middle]) {
                low = index(after: middle)
                rest -= half + 1
            } else {
                rest = half
            }
        }
        return low
    }
}
