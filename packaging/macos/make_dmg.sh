#!/bin/sh
# Sign the program, put it on a disk image beside a link to Applications, and have Apple notarize it.
#
#   sh make_dmg.sh "Embedding Lab.app" embedding-lab-0.1.0.dmg
#
# EMBEDDING_LAB_SIGN_AS     the signing identity ("Developer ID Application: …"); without it the
#                           program is signed for this machine alone, and other Macs will refuse it
# EMBEDDING_LAB_NOTARY      a profile stored by `xcrun notarytool store-credentials`; without it the
#                           image is not notarized
set -eu

app=$1
image=$2
here=$(cd "$(dirname "$0")" && pwd)
identity=${EMBEDDING_LAB_SIGN_AS:--}
profile=${EMBEDDING_LAB_NOTARY:-}

hardened="--options runtime --timestamp"
[ "$identity" != - ] || hardened=""

# From the inside out: a signature covers what lies below it.
find "$app/Contents" -type f \( -name '*.dylib' -o -name '*.so' \) -print0 |
    xargs -0 codesign --force --sign "$identity" $hardened
for door in embedding-lab embedding-lab-app; do
    codesign --force --sign "$identity" $hardened --entitlements "$here/entitlements.plist" \
        "$app/Contents/MacOS/$door"
done
codesign --force --sign "$identity" $hardened --entitlements "$here/entitlements.plist" "$app"
codesign --verify --deep --strict "$app"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$app" "$folder/"
ln -s /Applications "$folder/Applications"
hdiutil create -volname "Embedding Lab" -srcfolder "$folder" -fs HFS+ -format ULFO -ov "$image"

if [ -n "$profile" ]; then
    codesign --force --sign "$identity" --timestamp "$image"
    xcrun notarytool submit "$image" --keychain-profile "$profile" --wait
    xcrun stapler staple "$image"
    xcrun stapler validate "$image"
fi
