/* No graphics adapters: onnxruntime asks for them as it starts, and Wine ends it without a display. */
#include <windows.h>
__declspec(dllexport) HRESULT WINAPI CreateDXGIFactory(REFIID i, void **o) { if (o) *o = 0; return E_FAIL; }
__declspec(dllexport) HRESULT WINAPI CreateDXGIFactory1(REFIID i, void **o) { if (o) *o = 0; return E_FAIL; }
__declspec(dllexport) HRESULT WINAPI CreateDXGIFactory2(UINT f, REFIID i, void **o) { if (o) *o = 0; return E_FAIL; }
