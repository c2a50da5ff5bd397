/** The place of rows that are not drawn, above and below those that are. */
export function Space({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr>
      <td style={{ height, padding: 0, border: 0 }} colSpan={columns} />
    </tr>
  );
}
