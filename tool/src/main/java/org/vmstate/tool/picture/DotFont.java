// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.picture;

/// A font of 5 × 7 dots for the printable characters of ASCII.
///
/// The JDK draws text only with fonts and libraries of the system, which a server often lacks.
final class DotFont {
    /// The number of columns of a character.
    static final int WIDTH = 5;

    /// The number of lines of a character.
    static final int HEIGHT = 7;

    /// The distance from one character to the next one in dots.
    static final int ADVANCE = 6;

    /// The size of a dot in pixels.
    static final int SCALE = 2;

    /// Five columns per character from the blank on, in hexadecimal. The lowest bit is the top dot.
    private static final String COLUMNS =
            "000000000000005f00000007000700147f147f14242a7f2a12231308646236495522500005030000"
                    + "001c2241000041221c00082a1c2a0808083e08080050300000080808080800606000002010080402"
                    + "3e5149453e00427f400042615149462141454b311814127f1027454545393c4a4949300171090503"
                    + "3649494936064949291e003636000000563600000814224100141414141400412214080201510906"
                    + "324979413e7e1111117e7f494949363e414141227f4141221c7f494949417f090901013e41415132"
                    + "7f0808087f00417f41002040413f017f081422417f404040407f0204027f7f0408107f3e4141413e"
                    + "7f090909063e4151215e7f09192946464949493101017f01013f4040403f1f2040201f7f2018207f"
                    + "63140814630304780403615149454300007f4141020408102041417f000004020102044040404040"
                    + "000102040020545454787f484444383844444420384444487f3854545418087e090102085454543c"
                    + "7f0804047800447d40002040443d00007f10284400417f40007c041804787c080404783844444438"
                    + "7c14141408081414187c7c080404084854545420043f4440203c4040207c1c2040201c3c4030403c"
                    + "44281028440c5050503c4464544c44000836410000007f000000413608000804081008";

    private DotFont() {}

    /// The dots of a column of a character.
    static int column(char character, int column) {
        char shown = character >= ' ' && character <= '~' ? character : '?';
        int at = 2 * (WIDTH * (shown - ' ') + column);
        return Integer.parseInt(COLUMNS, at, at + 2, 16);
    }
}
