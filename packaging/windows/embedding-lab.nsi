; Embedding Lab for Windows, for one user and without administrator rights.
; makensis -DVERSION=0.1.0 -DPROGRAM=FOLDER -DICON=FILE -DOUTPUT=FILE embedding-lab.nsi

Unicode true
SetCompressor /SOLID lzma
SetCompressorDictSize 128

!include "MUI2.nsh"
!include "FileFunc.nsh"

!define NAME "Embedding Lab"
!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\EmbeddingLab"
!define FILE_TYPE "EmbeddingLab.Workspace"
!define CLASSES "Software\Classes"
!define TOLD_SHELL 'System::Call "shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)"'

Name "${NAME}"
OutFile "${OUTPUT}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${KEY}" "InstallLocation"
BrandingText "${NAME} ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME} installer"
VIAddVersionKey "LegalCopyright" "Apache License 2.0"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\embedding-lab-app.exe"
!define MUI_FINISHPAGE_RUN_TEXT "Open ${NAME}"

!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; The program's own files are the two executables, what they share, and nothing else: whatever a
; person put beside them stays.
!macro RemoveProgram
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\embedding-lab.exe"
  Delete "$INSTDIR\embedding-lab.pkg"
  Delete "$INSTDIR\embedding-lab-app.exe"
  Delete "$INSTDIR\embedding-lab-app.pkg"
!macroend

; A running program holds its executable open. Opening it for writing tells, without changing it.
!macro RequireClosed UN
Function ${UN}RequireClosed
  again:
  IfFileExists "$INSTDIR\embedding-lab-app.exe" 0 free
  ClearErrors
  FileOpen $0 "$INSTDIR\embedding-lab-app.exe" a
  IfErrors 0 close
  MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "${NAME} is open. Close it, then choose Retry." /SD IDCANCEL IDRETRY again
  Abort "${NAME} is open."
  close:
  FileClose $0
  free:
FunctionEnd
!macroend
!insertmacro RequireClosed ""
!insertmacro RequireClosed "un."

Section "${NAME}"
  Call RequireClosed
  ; An older version goes first, so that none of its files is left among the new ones.
  !insertmacro RemoveProgram
  SetOutPath "$INSTDIR"
  File /r "${PROGRAM}\*.*"
  WriteUninstaller "$INSTDIR\uninstall.exe"

  CreateDirectory "$SMPROGRAMS\${NAME}"
  CreateShortCut "$SMPROGRAMS\${NAME}\${NAME}.lnk" "$INSTDIR\embedding-lab-app.exe"
  CreateShortCut "$SMPROGRAMS\${NAME}\Uninstall ${NAME}.lnk" "$INSTDIR\uninstall.exe"

  WriteRegStr HKCU "${CLASSES}\.embedlab" "" "${FILE_TYPE}"
  WriteRegStr HKCU "${CLASSES}\.embedlab\OpenWithProgids" "${FILE_TYPE}" ""
  WriteRegStr HKCU "${CLASSES}\${FILE_TYPE}" "" "${NAME} workspace"
  WriteRegStr HKCU "${CLASSES}\${FILE_TYPE}\DefaultIcon" "" "$INSTDIR\embedding-lab-app.exe,0"
  WriteRegStr HKCU "${CLASSES}\${FILE_TYPE}\shell\open\command" "" '"$INSTDIR\embedding-lab-app.exe" "%1"'

  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegStr HKCU "${KEY}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${KEY}" "DisplayIcon" "$INSTDIR\embedding-lab-app.exe"
  WriteRegStr HKCU "${KEY}" "Publisher" "The Embedding Lab authors"
  WriteRegStr HKCU "${KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${KEY}" "EstimatedSize" $0
  WriteRegDWORD HKCU "${KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${KEY}" "NoRepair" 1
  ${TOLD_SHELL}
SectionEnd

; Workspaces lie under Documents, settings under AppData: both stay.
Section "Uninstall"
  Call un.RequireClosed
  !insertmacro RemoveProgram
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  RMDir /r "$SMPROGRAMS\${NAME}"
  ReadRegStr $0 HKCU "${CLASSES}\.embedlab" ""
  StrCmp $0 "${FILE_TYPE}" 0 +2
  DeleteRegValue HKCU "${CLASSES}\.embedlab" ""
  DeleteRegValue HKCU "${CLASSES}\.embedlab\OpenWithProgids" "${FILE_TYPE}"
  DeleteRegKey /ifempty HKCU "${CLASSES}\.embedlab\OpenWithProgids"
  DeleteRegKey /ifempty HKCU "${CLASSES}\.embedlab"
  DeleteRegKey HKCU "${CLASSES}\${FILE_TYPE}"
  DeleteRegKey HKCU "${KEY}"
  ${TOLD_SHELL}
SectionEnd
