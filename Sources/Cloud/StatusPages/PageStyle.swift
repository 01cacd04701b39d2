/// The style of pages that show services: light or dark as the reader's system is, from a phone's width to print.
public enum PageStyle {
    /// The stylesheet.
    public static let text: StaticString = """
        :root{color-scheme:light dark}
        """
}
